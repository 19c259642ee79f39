// Package ruletest runs tests of rules: YAML files beside the rules that
// describe events by their fields and say which alerts they must raise.
//
// [Load] reads a test file and the rule files it names, and refuses what cannot
// be meant: unknown keys and fields, fields that follow from others, and
// descriptions that contradict themselves. [Suite.Run] evaluates the events
// with the engine that evaluates live ones and compares the alerts.
//
// # Events
//
// What a test does not say of an event is ordinary: the process is
// /usr/bin/app, child of systemd, run by root on the host without a terminal,
// and the call succeeds. What is said is read back from the finished event
// through the fields themselves, so that a test cannot ask for an event that no
// source would ever hand over.
//
// The package is pure: it opens no file and does no system call.
package ruletest
