// Package lint finds what loads but is wrong: rules that can never match, rules
// that an earlier one hides, exceptions that a renamed program evades, outputs
// that leave out what the condition turns on.
//
// [Check] reads rule files as the engine would and returns a list of
// [Finding], each with a stable code, a position and a message that says what
// to do. [Lookup] explains a code, with an example of wrong and of right.
//
// A comment directly above an item keeps findings about it quiet:
//
//	# gyr-lint: allow GYR011 the parent is a script and has no path of its own
//
// The package prefers to miss something to raising a false alarm: where it
// cannot tell, it says nothing. It is pure: it opens no file and does no system
// call.
package lint
