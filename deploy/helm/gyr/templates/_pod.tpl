{{/* The container's security context. */}}
{{- define "gyr.securityContext" -}}
{{- if .Values.containerSecurityContext }}
{{- toYaml .Values.containerSecurityContext }}
{{- else if .Values.driver.modernEbpf.leastPrivileged -}}
runAsUser: 0
privileged: false
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  add: [BPF, PERFMON, SYS_PTRACE, DAC_READ_SEARCH]
seccompProfile:
  type: RuntimeDefault
seLinuxOptions:
  type: spc_t
{{- if include "gyr.appArmorField" . }}
appArmorProfile:
  type: Unconfined
{{- end }}
{{- else -}}
runAsUser: 0
privileged: true
readOnlyRootFilesystem: true
{{- end }}
{{- end }}

{{/* Whether AppArmor is a field of the security context; before Kubernetes 1.30 it is an annotation. */}}
{{- define "gyr.appArmorField" -}}
{{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version }}true{{ end }}
{{- end }}

{{- define "gyr.probe" -}}
httpGet:
  path: {{ default "/healthz" .webserver.k8s_healthz_endpoint }}
  port: web
  {{- if .webserver.ssl_enabled }}
  scheme: HTTPS
  {{- end }}
{{ toYaml .probe }}
{{- end }}

{{/* The pod's template, of the DaemonSet or the Deployment. */}}
{{- define "gyr.pod" -}}
{{- $least := and .Values.driver.modernEbpf.leastPrivileged (not .Values.containerSecurityContext) }}
{{- $dirs := (include "gyr.socketDirs" . | fromYaml).dirs }}
{{- $proc := or .Values.mounts.enforceProcMount (not .Values.hostPID) }}
metadata:
  labels:
    {{- include "gyr.selectorLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Of the configuration alone: rules are taken over without a restart.
    checksum/config: {{ include "gyr.config" . | sha256sum }}
    {{- if and $least (not (include "gyr.appArmorField" .)) }}
    container.apparmor.security.beta.kubernetes.io/falco: unconfined
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "gyr.serviceAccountName" . }}
  # Nothing is asked of the API server.
  automountServiceAccountToken: false
  hostPID: {{ .Values.hostPID }}
  terminationGracePeriodSeconds: 10
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.podPriorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.extra.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: falco
      image: {{ include "gyr.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      tty: {{ .Values.tty }}
      args:
        - /usr/bin/gyr
        {{- with .Values.extra.args }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      env:
        # Below it the node's sockets are looked for.
        - name: HOST_ROOT
          value: /host
        # The hostname in alerts is that of the node, not of the pod.
        - name: FALCO_HOSTNAME
          valueFrom:
            fieldRef:
              fieldPath: spec.nodeName
        {{- with .Values.extra.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      securityContext:
        {{- include "gyr.securityContext" . | nindent 8 }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if include "gyr.webserver" . }}
      ports:
        - name: web
          containerPort: {{ default 8765 .Values.falco.webserver.listen_port }}
      {{- range $name, $probe := .Values.healthChecks }}
      {{- if $probe }}
      {{ $name }}:
        {{- include "gyr.probe" (dict "webserver" $.Values.falco.webserver "probe" $probe) | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- end }}
      volumeMounts:
        - name: config
          mountPath: /etc/falco/falco.yaml
          subPath: falco.yaml
          readOnly: true
        # A directory: so that changed rules arrive in the running pod.
        - name: rules
          mountPath: /etc/falco/rules.d
          readOnly: true
        # The directory and not the sockets in it: those are made anew when a runtime
        # restarts. What the node unmounts there must not stay mounted here.
        - name: run
          mountPath: /host/run
          readOnly: true
          mountPropagation: HostToContainer
        - name: tracing
          mountPath: /sys/kernel/tracing
          readOnly: true
        {{- range $i, $dir := $dirs }}
        - name: sockets-{{ $i }}
          mountPath: /host{{ $dir }}
          readOnly: true
        {{- end }}
        {{- if $proc }}
        - name: proc
          mountPath: /host/proc
          readOnly: true
        {{- end }}
        {{- with .Values.mounts.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "gyr.fullname" . }}
    - name: rules
      configMap:
        name: {{ include "gyr.fullname" . }}-rules
    - name: run
      hostPath: {path: /run, type: Directory}
    - name: tracing
      hostPath: {path: /sys/kernel/tracing, type: Directory}
    {{- range $i, $dir := $dirs }}
    - name: sockets-{{ $i }}
      hostPath: {path: {{ $dir | quote }}, type: Directory}
    {{- end }}
    {{- if $proc }}
    - name: proc
      hostPath: {path: /proc, type: Directory}
    {{- end }}
    {{- with .Values.mounts.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
