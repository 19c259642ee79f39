//go:build !amd64

package main

// compatWays are none: this processor has no 32-bit entry that a 64-bit program
// could take.
func compatWays() map[string]way { return nil }
