// Package deploy tests what deploy/ holds without a cluster: the image's builder,
// the manifests and the chart.
package deploy
