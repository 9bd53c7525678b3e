{{/*
The runner's application.yaml: the values of config, and what must fit the pod. apisix-values.yaml mounts these paths, and
asks this port whether the runner is ready.
*/}}
{{- define "secret-providers.configuration" -}}
{{- include "secret-providers.refuseFields" . -}}
{{- include "secret-providers.refuseSecrets" (dict "path" "config" "key" "" "secret" false "value" .Values.config "objects" .Values.name) -}}
{{- $management := dict "address" "0.0.0.0" "port" (include "secret-providers.metricsPort" . | int) -}}
{{- $socket := dict "path" "/run/secret-providers/runner.sock" "owner" "636" "group" "636" "mode" "0660" -}}
{{- $pod := dict
      "runner" (dict "socket" $socket "data-dir" "/var/lib/secret-providers/data")
      "management" (dict "server" $management) -}}
{{- if .Values.adminApi.enabled -}}
{{- $files := dict "certificate" "/etc/secret-providers-tls/tls.crt" "private-key" "/etc/secret-providers-tls/tls.key" -}}
{{- $_ := set $pod "server" (dict
      "address" "0.0.0.0"
      "port" (include "secret-providers.adminPort" . | int)
      "ssl" (dict "bundle" "admin")) -}}
{{- $_ := set $pod "spring" (dict "ssl" (dict "bundle" (dict "pem" (dict
      "admin" (dict "reload-on-update" true "keystore" $files))))) -}}
{{- end -}}
{{- mergeOverwrite $pod (deepCopy .Values.config) | toYaml -}}
{{- end }}

{{/* Fails for a field of config that would not fit the pod, and for one that is missing. */}}
{{- define "secret-providers.refuseFields" -}}
{{- $config := .Values.config -}}
{{- if not (dig "consumers" "source" "" $config) -}}
{{- fail "config.consumers.source is required: etcd, admin-api, standalone-api or file. kubernetes/examples has values to start from" -}}
{{- end -}}
{{- include "secret-providers.refuseNames" (dict "path" "config" "value" $config) -}}
{{- if and .Values.adminApi.enabled (ne (dig "store" "type" "" $config) "etcd") -}}
{{- fail "adminApi.enabled needs config.store.type etcd: with the embedded store each pod has its own, and a Service reaches any of them" -}}
{{- end -}}
{{- end }}

{{/*
Fails for a name that the chart sets, in every spelling that the runner takes for it. A name with a dot is one inside another
for the runner, so "server.port" would pass by the check of "server".
*/}}
{{- define "secret-providers.refuseNames" -}}
{{- $set := list "config.runner.socket" "config.runner.datadir" "config.crypto" "config.server" "config.management.server" -}}
{{- $whole := list "config.providers" "config.logging.level" -}}
{{- range $name, $value := .value -}}
{{- $path := printf "%s.%s" $.path $name -}}
{{- if regexMatch "[.\\[]" $name -}}
{{- fail (printf "%s has a dot or a bracket in its name: write each part of the name as a map of its own, such as cache: {ttl: 60s}" $path) -}}
{{- end -}}
{{- $field := regexReplaceAll "[-_]" (lower $path) "" -}}
{{- $ipv6 := and (eq $field "config.management.server") (eq (toJson $value) (toJson (dict "address" "::"))) -}}
{{- if and (has $field $set) (not $ipv6) -}}
{{- fail (printf "%s is set by the chart, because APISIX's pods rely on it: remove it. The Admin API is served to other machines with adminApi.enabled" $path) -}}
{{- end -}}
{{- if and (kindIs "map" $value) (not (has $path $whole)) -}}
{{- include "secret-providers.refuseNames" (dict "path" $path "value" $value) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
Fails for a secret that is written in clear, with its path and never its value. KubernetesFilesTest compares the names with
the fields of the secret managers. What is below such a name is a secret too. A provider may have such a name itself.
*/}}
{{- define "secret-providers.refuseSecrets" -}}
{{- $names := list
      "token" "role_id" "secret_id" "jwt" "password" "access_key_id" "secret_access_key" "session_token" "private_key"
      "client_secret" "admin_key" "keyring" "secret" "headers" "digest_keys" -}}
{{- $key := regexReplaceAll "[-_]" (.key | splitList "." | last | lower) "" -}}
{{- $provider := regexMatch "^config\\.providers\\.[^.]+(\\.[^.]+)?$" .path -}}
{{- $secret := and (not $provider) (or .secret (hasSuffix "password" $key) (has $key ($names | join " " | replace "_" "" | splitList " "))) -}}
{{- if kindIs "map" .value -}}
{{- range $name, $value := .value -}}
{{- include "secret-providers.refuseSecrets" (dict "path" (printf "%s.%s" $.path $name) "key" $name "secret" $secret "value" $value "objects" $.objects) -}}
{{- end -}}
{{- else if kindIs "slice" .value -}}
{{- range $index, $value := .value -}}
{{- include "secret-providers.refuseSecrets" (dict "path" (printf "%s[%d]" $.path $index) "key" "" "secret" $secret "value" $value "objects" $.objects) -}}
{{- end -}}
{{- else if and $secret .value (not (regexMatch "^(\\$(env|secret)://.+|\\$\\{\\w+\\})$" (toString .value))) -}}
{{- fail (printf "%s holds a secret in clear, and a ConfigMap is no place for one: write $env://NAME, and put NAME into the Secret %s-env" .path .objects) -}}
{{- else if regexMatch "^[^$]*://[^/?#]*@" (toString .value) -}}
{{- fail (printf "%s holds a user or a password in an address, and a ConfigMap is no place for one: write the address without it" .path) -}}
{{- end -}}
{{- end }}
