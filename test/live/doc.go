// Package live holds the tests of the whole program on a running kernel: gyr
// is built, started with the delivered rules, and has to raise the right alert
// for what real programs do, in containers and outside.
//
// Every delivered rule has an entry: what raises its alert and nothing else,
// and what comes near and raises none. What would change the machine happens
// in mount and network namespaces of the test's own, or in a container.
// Connections go to addresses that exist only there.
//
// That nothing was raised is known without waiting for a while: the test does
// something with a rule of its own afterwards, and once that alert is printed,
// those of everything before have been too. Alerts of other processes on the
// machine do not count: the test's own carry a mark in their environment,
// which the test adds to the output of the rules.
//
// Falco's own rule files are tried the same way where GYR_TESTDATA says where
// they are: unchanged, and with every output field looked at. See the files
// whose names begin with upstream.
package live
