// Package runc starts real containers for live tests: a bundle made from
// Debian's static busybox, run by runc on a terminal of its own. Only tests
// import it.
//
// It needs root, runc and busybox-static; Start skips the test, saying what is
// missing, where one of them is not there. It needs no image, no registry and
// no daemon, and leaves nothing behind: container, cgroups and files go with
// the test.
//
// The bundles ask for nothing a restricted machine may refuse: no resource
// limits, no oom_score_adj, no seccomp, and capabilities as Docker grants them.
package runc
