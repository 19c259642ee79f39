// Package server is Gyr's HTTP server: whether events flow (/healthz), what this
// is (/versions), and counters for Prometheus (/metrics). It only tells; there is
// nothing that a request could change.
//
// It answers requests from anyone who reaches its port, in a program that must
// not fail: requests are bounded in number, size and time.
package server
