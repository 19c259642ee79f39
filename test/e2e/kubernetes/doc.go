// Package kubernetes tests Gyr on a real Kubernetes cluster of one node
// (test/cluster), deployed as its documentation says: `make e2e-kubernetes`.
// Elsewhere its tests skip themselves.
package kubernetes
