package deploy

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What values do to the one object they concern.
func TestChartValues(t *testing.T) {
	const daemonset, pod, container = "DaemonSet/watch-gyr", "spec.template.spec.", "spec.template.spec.containers.0."
	tests := map[string]struct {
		values string
		args   []string
		object string
		want   facts
	}{
		"image": {
			values: "image: {registry: reg.example:5000/sec/, repository: team/gyr, tag: v1, pullPolicy: Always}\nimagePullSecrets: [{name: s}]",
			object: daemonset,
			want: facts{
				container + "image": "reg.example:5000/sec/team/gyr:v1", container + "imagePullPolicy": "Always",
				pod + "imagePullSecrets": []any{object{"name": "s"}},
			},
		},
		"image without registry": {
			values: "image: {registry: '', repository: gyr}", object: daemonset,
			want: facts{container + "image": "gyr:latest"},
		},
		"names": {
			values: "fullnameOverride: sensor\nnamespaceOverride: kube-system", object: "DaemonSet/sensor",
			want: facts{
				"metadata.namespace": "kube-system", pod + "serviceAccountName": "sensor",
				pod + "volumes.0.configMap.name": "sensor", pod + "volumes.1.configMap.name": "sensor-rules",
			},
		},
		"privileged": {
			values: "driver: {modernEbpf: {leastPrivileged: false}}", object: daemonset,
			want: facts{container + "securityContext": object{"runAsUser": 0, "privileged": true, "readOnlyRootFilesystem": true}},
		},
		"security context of one's own": {
			values: "containerSecurityContext: {privileged: false, capabilities: {add: [SYS_ADMIN]}}\npodSecurityContext: {fsGroup: 1}",
			object: daemonset,
			want: facts{
				container + "securityContext": object{"privileged": false, "capabilities": object{"add": []any{"SYS_ADMIN"}}},
				pod + "securityContext":       object{"fsGroup": 1},
			},
		},
		"before AppArmor was a field": {
			args: []string{"--kube-version", "1.29.3"}, object: daemonset,
			want: facts{
				container + "securityContext.appArmorProfile":                                              nil,
				container + "securityContext.capabilities.add":                                             capabilities,
				"spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/falco]": "unconfined",
			},
		},
		"a vendor's version": {
			args: []string{"--kube-version", "v1.34.4-eks-1234"}, object: daemonset,
			want: facts{container + "securityContext.appArmorProfile": object{"type": "Unconfined"}},
		},
		"placement": {
			values: "nodeSelector: {a: b}\naffinity: {nodeAffinity: {}}\ntolerations: []\npodPriorityClassName: system-node-critical\npodLabels: {l: m}\npodAnnotations: {x: z}",
			object: daemonset,
			want: facts{
				pod + "nodeSelector": object{"a": "b"}, pod + "affinity": object{"nodeAffinity": object{}}, pod + "tolerations": nil,
				pod + "priorityClassName": "system-node-critical", "spec.template.metadata.labels.l": "m",
				"spec.template.metadata.annotations.x": "z", "spec.selector.matchLabels.l": nil,
			},
		},
		"deployment": {
			values: "controller: {kind: deployment, labels: {l: m}, annotations: {x: z}, deployment: {replicas: 2}}", object: "Deployment/watch-gyr",
			want: facts{"spec.replicas": 2, "metadata.labels.l": "m", "metadata.annotations.x": "z", container + "name": "falco"},
		},
		"without the node's PID namespace": {
			values: "hostPID: false", object: daemonset,
			want: facts{pod + "hostPID": false, container + "volumeMounts.4": object{"name": "proc", "mountPath": "/host/proc", "readOnly": true}},
		},
		"socket elsewhere": {
			values: "collectors: {containerd: {socket: /var/snap/microk8s/common/run/containerd.sock}}", object: daemonset,
			want: facts{
				container + "volumeMounts.4.mountPath": "/host/var/snap/microk8s/common/run",
				pod + "volumes.4.hostPath":             object{"path": "/var/snap/microk8s/common/run", "type": "Directory"},
				container + "volumeMounts.5":           nil,
			},
		},
		"extra": {
			values: "extra: {args: [-U], env: [{name: A, value: b}], initContainers: [{name: i}]}\ntty: true\nmounts: {volumes: [{name: v}], volumeMounts: [{name: v, mountPath: /v}]}",
			object: daemonset,
			want: facts{
				container + "args": []any{"/usr/bin/gyr", "-U"}, container + "tty": true, container + "env.0.name": "HOST_ROOT", container + "env.2.name": "A",
				pod + "initContainers.0.name": "i", container + "volumeMounts.4.mountPath": "/v", pod + "volumes.4.name": "v",
			},
		},
		"probes": {
			values: "falco: {webserver: {listen_port: 9000, k8s_healthz_endpoint: /live, ssl_enabled: true}}\nhealthChecks: {startupProbe: null, livenessProbe: {periodSeconds: 7}}",
			object: daemonset,
			want: facts{
				container + "startupProbe": nil, container + "ports.0.containerPort": 9000, container + "livenessProbe.periodSeconds": 7,
				container + "livenessProbe.httpGet": object{"path": "/live", "port": "web", "scheme": "HTTPS"},
			},
		},
		"no web server": {
			values: "falco: {webserver: {enabled: false}}", object: daemonset,
			want: facts{container + "livenessProbe": nil, container + "readinessProbe": nil, container + "ports": nil},
		},
		"service account": {
			values: "serviceAccount: {create: false, name: mine}", object: daemonset,
			want: facts{pod + "serviceAccountName": "mine"},
		},
		"metrics": {
			values: "metrics: {enabled: true, service: {labels: {l: m}}}", object: "Service/watch-gyr-metrics",
			want: facts{
				"spec.ports": []any{object{"name": "metrics", "port": 8765, "targetPort": 8765, "protocol": "TCP"}}, "metadata.labels.l": "m",
				"spec.selector": object{"app.kubernetes.io/name": "gyr", "app.kubernetes.io/instance": "watch"},
			},
		},
		"service monitor": {
			values: "metrics: {enabled: true}\nserviceMonitor: {create: true, interval: 1m, labels: {release: prom}}", object: "ServiceMonitor/watch-gyr",
			want: facts{
				"spec.endpoints": []any{object{"port": "metrics", "path": "/metrics", "interval": "1m", "scrapeTimeout": "10s", "scheme": "http"}},
				"spec.selector.matchLabels": object{
					"app.kubernetes.io/name": "gyr", "app.kubernetes.io/instance": "watch", "app.kubernetes.io/component": "metrics",
				},
				"metadata.labels.release": "prom",
			},
		},
		"services": {
			values: "services: [{name: audit, type: NodePort, ports: [{port: 9765}]}]", object: "Service/watch-gyr-audit",
			want: facts{"spec.type": "NodePort", "spec.ports.0.port": 9765, "spec.name": nil},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			objects := render(t, test.values, test.args...)
			o, ok := objects[test.object]
			if !ok {
				t.Fatalf("%s is not there", test.object)
			}
			test.want.check(t, o)
		})
	}
}

// Where values and falco.yaml speak of the same, Gyr is told it.
func TestChartSettings(t *testing.T) {
	tests := map[string]struct {
		values string
		got    func(*testing.T, string) any
		want   any
	}{
		"buffers": {"driver: {modernEbpf: {bufSizePreset: 6}}", func(t *testing.T, v string) any {
			return configuration(t, render(t, v)).Engine.ModernEBPF.BufSizePreset
		}, 6},
		"metrics": {"metrics: {enabled: true}", func(t *testing.T, v string) any {
			c := configuration(t, render(t, v))
			return c.Metrics.Enabled && c.Webserver.Prometheus
		}, true},
		"no collectors": {"collectors: {enabled: false}", func(t *testing.T, v string) any {
			c := configuration(t, render(t, v)).Containers
			return c.Docker.Enabled || c.Podman.Enabled || c.Containerd.Enabled || c.CRI.Enabled || c.Files
		}, false},
		"one collector": {"collectors: {docker: {enabled: false}, podman: {enabled: false}, containerd: {enabled: false}, crio: {socket: /run/x.sock}}", func(t *testing.T, v string) any {
			c := configuration(t, render(t, v)).Containers
			if c.Docker.Enabled || c.Podman.Enabled || c.Containerd.Enabled {
				t.Error("others are enabled")
			}
			return c.CRI.Sockets
		}, []string{"/run/x.sock"}},
		"engines": {"collectors: {containerEngine: {labelMaxLen: 7, engines: {docker: {sockets: [/run/d.sock]}, cri: {enabled: false}}}}", func(t *testing.T, v string) any {
			c := configuration(t, render(t, v)).Containers
			if c.CRI.Enabled || c.LabelMax != 7 {
				t.Errorf("cri %v, labels up to %d", c.CRI.Enabled, c.LabelMax)
			}
			return c.Docker.Sockets
		}, []string{"/run/d.sock"}},
		"passed through": {"falco: {json_output: true}", func(t *testing.T, v string) any {
			return configuration(t, render(t, v)).JSONOutput
		}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got(t, test.values)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What cannot be meant is refused, and the message says where it is.
func TestChartRefuses(t *testing.T) {
	for values, want := range map[string]string{
		"drivr: {}":                                                      "'drivr' not allowed",
		"driver: {kind: kmod}":                                           "/driver/kind",
		"driver: {enabled: false}":                                       "/driver/enabled",
		"customRules: {my.txt: a}":                                       "/customRules",
		"customRules: {my.yaml: [a]}":                                    "/customRules",
		"controller: {kind: job}":                                        "/controller/kind",
		"image: {tag: 1.5}":                                              "/image/tag",
		"serviceMonitor: {create: true}":                                 "needs metrics.enabled",
		"collectors: {docker: {socket: x.sock}}":                         "/collectors/docker/socket",
		"collectors: {docker: {socket: '/home/*/d.sock'}}":               "cannot be mounted",
		"metrics: {enabled: true}\nfalco: {webserver: {enabled: false}}": "metrics.enabled needs falco.webserver.enabled",
	} {
		t.Run(values, func(t *testing.T) {
			_, problem := template(t, values)
			if !strings.Contains(problem, want) {
				t.Errorf("says %q, not %q", problem, want)
			}
		})
	}
}

// A values file of the Falco chart is taken, what means nothing here included.
func TestChartTakesFalcoValues(t *testing.T) {
	render(t, `
driver: {enabled: true, kind: modern_ebpf, loader: {enabled: false}, modernEbpf: {leastPrivileged: true, bufSizePreset: 4}}
collectors: {enabled: true, kubernetes: {enabled: false}, containerEngine: {enabled: true, engines: {docker: {enabled: true}}}}
falcoctl: {artifact: {install: {enabled: false}}}
falcosidekick: {enabled: false}
rbac: {create: true}
scc: {create: true}
tty: true
falco: {json_output: true, grpc: {enabled: false}}
`)
}

// The chart's README lists every value, and no other.
func TestChartReadme(t *testing.T) {
	var want []string
	for _, o := range decode(t, read(t, chart+"/values.yaml")) {
		want = leaves(want, "", map[string]any(o))
	}
	var got []string
	for line := range strings.Lines(read(t, chart+"/README.md")) {
		if rest, ok := strings.CutPrefix(line, "| `"); ok {
			key, _, _ := strings.Cut(rest, "`")
			got = append(got, key)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-values.yaml +README.md):\n%s", diff)
	}
}

// leaves are the paths of all values; what users fill in as they like is one.
func leaves(to []string, prefix string, v any) []string {
	var m map[string]any
	switch v := v.(type) {
	case object:
		m = v
	case map[string]any:
		m = v
	}
	whole := []string{"resources.", "falco.", "controller.daemonset.updateStrategy.", "healthChecks.startupProbe.", "healthChecks.livenessProbe.", "healthChecks.readinessProbe.", "metrics.service.ports."}
	if len(m) == 0 || slices.Contains(whole, prefix) {
		return append(to, strings.TrimSuffix(prefix, "."))
	}
	for key, value := range m {
		to = leaves(to, prefix+key+".", value)
	}
	return to
}
