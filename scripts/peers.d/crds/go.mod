// Definitions of other projects' kinds (both Apache License 2.0), for tests with the API server of Kubernetes.
module crds-peer

go 1.26.0

require (
	github.com/apache/apisix-ingress-controller v1.8.4
	github.com/prometheus-operator/prometheus-operator v0.93.0
)
