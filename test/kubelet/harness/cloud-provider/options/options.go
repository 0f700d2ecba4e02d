// Package options holds the one constant that k8s.io/kubernetes/pkg/cluster/ports wants from k8s.io/cloud-provider.
// The real package brings a whole API server along, which has no part in credential providers.
package options

// CloudControllerManagerWebhookPort is a port that the harness never opens.
const CloudControllerManagerWebhookPort = 10260
