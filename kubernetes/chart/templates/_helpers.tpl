{{/* The labels of every object. */}}
{{- define "secret-providers.labels" -}}
app.kubernetes.io/name: secret-providers
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* metadata of an object of this namespace: include it with (list $ "-suffix"). */}}
{{- define "secret-providers.metadata" -}}
{{- $root := index . 0 -}}
name: {{ $root.Values.name }}{{ index . 1 }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "secret-providers.labels" $root | nindent 2 }}
{{- end }}

{{/* The ports that apisix-values.yaml and the objects here name. */}}
{{- define "secret-providers.metricsPort" -}}9191{{- end }}
{{- define "secret-providers.adminPort" -}}9190{{- end }}
