// Package places tests gyr, as users run it, in places it was not made for:
// without privilege, without BTF, under load, with a reader that is gone.
package places
