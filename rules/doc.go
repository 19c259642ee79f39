// Package rules turns rule files into a validated set of rules.
//
// [Load] reads all files of an installation together: later files add to,
// replace or switch off what earlier ones define, so no file can be judged
// alone. It never stops at the first mistake. Every error and warning is a
// [Diagnostic] that names the file, line and column of the offending text, also
// inside a folded or literal block, and says what to do about it.
//
// # Files
//
// A file holds YAML documents, each a sequence of items. An item is a list, a
// macro, a rule, or a requirement (required_engine_version,
// required_plugin_versions). Lists are replaced in conditions as text, macros
// as parsed sub-conditions; exceptions of a rule become part of its condition.
//
// # Rules that wait
//
// A rule none of whose event types the live source captures yet is checked
// like any other but kept apart in [Set.Waiting]: loading it as if it worked
// would promise a detection that cannot happen.
//
// # What a set is
//
// [Validate] gives a verdict on each file, [Describe] says of everything defined
// what it is made of; both print in the forms Falco's users know. Rules of a
// source that delivers nothing here are described, and checked where the
// source's fields are known, but never evaluated.
//
// The package is pure: it opens no file and does no system call.
package rules
