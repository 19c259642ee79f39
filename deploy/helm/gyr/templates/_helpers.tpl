{{/* The chart's name. */}}
{{- define "gyr.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of all objects of a release: cut, for it becomes a label. */}}
{{- define "gyr.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "gyr.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "gyr.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "gyr.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "gyr.selectorLabels" -}}
app.kubernetes.io/name: {{ include "gyr.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gyr.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "gyr.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "gyr.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "gyr.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "gyr.image" -}}
{{- with .Values.image.registry }}{{ trimSuffix "/" . }}/{{ end }}
{{- .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}

{{/* Values of the Falco chart that are set and mean nothing here, one a line. */}}
{{- define "gyr.ignored" -}}
{{- $values := .Values }}
{{- range list "falcosidekick" "falcosidekick-ui" "falcoctl" "falco-talon" "k8s-metacollector" "responseActions" "response_actions" "gvisor" "scc" "rbac" "certs" "grafana" "prometheusRules" "configMap" "falcosidekickConfig" }}
{{- if hasKey $values . }}
{{ . }}
{{- end }}
{{- end }}
{{- range list "enabled" "loader" "kmod" "ebpf" "gvisor" "sysfsMountPath" }}
{{- if hasKey $values.driver . }}
driver.{{ . }}
{{- end }}
{{- end }}
{{- range list "dropFailedExit" "cpusForEachBuffer" "sysfsMount" }}
{{- if hasKey $values.driver.modernEbpf . }}
driver.modernEbpf.{{ . }}
{{- end }}
{{- end }}
{{- if hasKey $values.collectors "kubernetes" }}
collectors.kubernetes
{{- end }}
{{- end }}
