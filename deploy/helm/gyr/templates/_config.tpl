{{/* Whether the web server answers, which probes and metrics need: "true" or "". */}}
{{- define "gyr.webserver" -}}
{{- with .Values.falco.webserver }}{{ if .enabled }}true{{ end }}{{ end }}
{{- end }}

{{/* The engines that are asked about containers, as falco.yaml has them. */}}
{{- define "gyr.engines" -}}
{{- $c := .Values.collectors }}
{{- $containerd := ternary (list $c.containerd.socket) (list "/run/containerd/containerd.sock" "/run/host-containerd/containerd.sock") (ne $c.containerd.socket "") }}
{{- $crio := ternary (list $c.crio.socket) (list "/run/crio/crio.sock" "/var/run/crio/crio.sock") (ne $c.crio.socket "") }}
{{- $docker := ternary (list $c.docker.socket) (list "/var/run/docker.sock") (ne $c.docker.socket "") }}
{{- $podman := ternary (list $c.podman.socket) (list "/run/podman/podman.sock" "/run/user/*/podman/podman.sock") (ne $c.podman.socket "") }}
{{- $cri := list }}
{{- if $c.containerd.enabled }}{{ $cri = concat $cri $containerd }}{{ end }}
{{- if and $c.containerd.enabled (not $c.containerd.socket) }}{{ $cri = append $cri "/run/k3s/containerd/containerd.sock" }}{{ end }}
{{- if $c.crio.enabled }}{{ $cri = concat $cri $crio }}{{ end }}
{{- if $c.docker.enabled }}{{ $cri = append $cri "/run/cri-dockerd.sock" }}{{ end }}
{{- $engines := dict
  "docker" (dict "enabled" $c.docker.enabled "sockets" $docker)
  "podman" (dict "enabled" $c.podman.enabled "sockets" $podman)
  "containerd" (dict "enabled" $c.containerd.enabled "sockets" $containerd)
  "cri" (dict "enabled" (not (empty $cri)) "sockets" $cri) }}
{{- if $c.containerEngine.enabled }}
{{- $engines = mergeOverwrite $engines (deepCopy $c.containerEngine.engines) }}
{{- end }}
{{- if not $c.enabled }}
{{- range $name, $engine := $engines }}{{ $_ := set $engine "enabled" false }}{{ end }}
{{- end }}
{{- range $name, $engine := $engines }}
{{- if not $engine.enabled }}{{ $_ := unset $engine "sockets" }}{{ end }}
{{- end }}
{{- toYaml $engines }}
{{- end }}

{{/* falco.yaml: what .Values.falco says, with what other values of the chart say over it. */}}
{{- define "gyr.config" -}}
{{- $config := deepCopy .Values.falco }}
{{- $driver := .Values.driver }}
{{- $engine := dict "kind" "modern_ebpf" "modern_ebpf" (dict "buf_size_preset" (int $driver.modernEbpf.bufSizePreset)) }}
{{- $_ := set $config "engine" $engine }}
{{- $container := dict "name" "container" "init_config" (dict
  "label_max_len" (int .Values.collectors.containerEngine.labelMaxLen) "engines" (include "gyr.engines" . | fromYaml)) }}
{{- $plugins := list $container }}
{{- range $config.plugins }}{{ if ne .name "container" }}{{ $plugins = append $plugins . }}{{ end }}{{ end }}
{{- $_ := set $config "plugins" $plugins }}
{{- if not .Values.collectors.enabled }}
{{- $_ := set $config "gyr" (mergeOverwrite (deepCopy (default dict $config.gyr)) (dict "containers" (dict "files" false))) }}
{{- end }}
{{- if .Values.metrics.enabled }}
{{- if not (include "gyr.webserver" .) }}{{ fail "metrics.enabled needs falco.webserver.enabled: true" }}{{ end }}
{{- $_ := set $config "metrics" (mergeOverwrite (deepCopy (default dict $config.metrics)) (dict "enabled" true)) }}
{{- $_ := set $config.webserver "prometheus_metrics_enabled" true }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{/* The directories of sockets that do not lie in /run, as {"dirs": [...]}. */}}
{{- define "gyr.socketDirs" -}}
{{- $dirs := list }}
{{- range $name, $engine := include "gyr.engines" . | fromYaml }}
{{- range default list $engine.sockets }}
{{- if not (or (hasPrefix "/run/" .) (hasPrefix "/var/run/" .)) }}
{{- if contains "*" (dir .) }}{{ fail (printf "the socket %s of %s lies outside of /run: it cannot be mounted with a * in its directory" . $name) }}{{ end }}
{{- $dirs = append $dirs (dir .) }}
{{- end }}
{{- end }}
{{- end }}
{{- dict "dirs" (uniq $dirs | sortAlpha) | toYaml }}
{{- end }}
