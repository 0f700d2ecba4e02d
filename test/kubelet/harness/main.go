// Harness answers, one JSON line for one JSON line, what the kubelet's own code does with a credential provider
// configuration, with images and with auth keys.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	authenticationv1 "k8s.io/api/authentication/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
	"k8s.io/kubernetes/pkg/util/parsers"
)

// job is one question. Op is "register", "lookup" or "keyring".
type job struct {
	Op string `json:"op"`

	// register: a process can do it once.
	Config          string           `json:"config"`
	BinDir          string           `json:"binDir"`
	ServiceAccounts []serviceAccount `json:"serviceAccounts"`

	// lookup: all images one after the other, or at once.
	Images   []string `json:"images"`
	Parallel bool     `json:"parallel"`
	Pod      pod      `json:"pod"`
	// PullSecret is the .dockerconfigjson of the pod's imagePullSecrets; empty where it has none.
	PullSecret string `json:"pullSecret"`

	// keyring: raw auths keys, added one by one, and an image name that is passed on unparsed.
	Keys  []string `json:"keys"`
	Image string   `json:"image"`
}

type serviceAccount struct {
	Namespace   string            `json:"namespace"`
	Name        string            `json:"name"`
	UID         string            `json:"uid"`
	Annotations map[string]string `json:"annotations"`
	// Token is what a TokenRequest for it answers; with "{pod}" in it, the name of the pod that it is bound to.
	Token string `json:"token"`
}

type pod struct {
	Namespace      string `json:"namespace"`
	Name           string `json:"name"`
	UID            string `json:"uid"`
	ServiceAccount string `json:"serviceAccount"`
}

type credential struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type lookup struct {
	// Repository is what the plugin is asked for.
	Repository  string       `json:"repository"`
	Found       bool         `json:"found"`
	Credentials []credential `json:"credentials"`
	Error       string       `json:"error,omitempty"`
}

// answer holds the fields of the job's op, and what the kubelet logged meanwhile.
type answer struct {
	Error   string   `json:"error,omitempty"`
	Lookups []lookup `json:"lookups,omitempty"`
	Order   []int    `json:"order,omitempty"`
	Log     string   `json:"log,omitempty"`
}

func main() {
	log := captureLog()
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		result := run(input.Bytes())
		result.Log = log.take()
		if err := output.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func run(line []byte) answer {
	var j job
	if err := json.Unmarshal(line, &j); err != nil {
		return answer{Error: err.Error()}
	}
	switch j.Op {
	case "register":
		return register(j)
	case "lookup":
		return answer{Lookups: lookupAll(j)}
	case "keyring":
		return answer{Order: keyringOrder(j.Keys, j.Image)}
	}
	return answer{Error: fmt.Sprintf("unknown op %q", j.Op)}
}

func register(j job) answer {
	find := func(namespace, name string) (*serviceAccount, error) {
		for i := range j.ServiceAccounts {
			if a := &j.ServiceAccounts[i]; a.Namespace == namespace && a.Name == name {
				return a, nil
			}
		}
		return nil, fmt.Errorf("serviceaccount %s/%s not found", namespace, name)
	}
	getToken := func(namespace, name string, request *authenticationv1.TokenRequest) (*authenticationv1.TokenRequest, error) {
		account, err := find(namespace, name)
		if err != nil {
			return nil, err
		}
		answered := request.DeepCopy()
		answered.Status.Token = strings.ReplaceAll(account.Token, "{pod}", request.Spec.BoundObjectRef.Name)
		return answered, nil
	}
	getAccount := func(namespace, name string) (*v1.ServiceAccount, error) {
		account, err := find(namespace, name)
		if err != nil {
			return nil, err
		}
		meta := metav1.ObjectMeta{
			Namespace: namespace, Name: name, UID: types.UID(account.UID), Annotations: account.Annotations,
		}
		return &v1.ServiceAccount{ObjectMeta: meta}, nil
	}
	if err := plugin.RegisterCredentialProviderPlugins(j.Config, j.BinDir, getToken, getAccount); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{}
}

func lookupAll(j job) []lookup {
	found := make([]lookup, len(j.Images))
	var running sync.WaitGroup
	for i, image := range j.Images {
		running.Add(1)
		go func() {
			defer running.Done()
			found[i] = lookupOne(image, j.Pod, j.PullSecret)
		}()
		if !j.Parallel {
			running.Wait()
		}
	}
	running.Wait()
	return found
}

// lookupOne does what the image manager does: parse the image, build the pod's keyring, look its repository up.
func lookupOne(image string, p pod, pullSecret string) lookup {
	repository, _, _, err := parsers.ParseImageName(image)
	if err != nil {
		return lookup{Credentials: []credential{}, Error: err.Error()}
	}
	keyring, err := secrets.MakeDockerKeyring(
		pullSecrets(pullSecret),
		plugin.NewExternalCredentialProviderDockerKeyring(p.Namespace, p.Name, p.UID, p.ServiceAccount),
	)
	if err != nil {
		return lookup{Repository: repository, Credentials: []credential{}, Error: err.Error()}
	}
	configs, ok := keyring.Lookup(repository)
	credentials := make([]credential, 0, len(configs))
	for _, c := range configs {
		credentials = append(credentials, credential{c.Username, c.Password})
	}
	return lookup{Repository: repository, Found: ok, Credentials: credentials}
}

func pullSecrets(dockerConfigJSON string) []v1.Secret {
	if dockerConfigJSON == "" {
		return nil
	}
	data := map[string][]byte{v1.DockerConfigJsonKey: []byte(dockerConfigJSON)}
	return []v1.Secret{{Type: v1.SecretTypeDockerConfigJson, Data: data}}
}

// keyringOrder gives the indexes of the keys in the order in which their credentials are tried.
func keyringOrder(keys []string, image string) []int {
	keyring := &credentialprovider.BasicDockerKeyring{}
	for i, key := range keys {
		keyring.Add(nil, credentialprovider.DockerConfig{key: {Username: strconv.Itoa(i)}})
	}
	configs, _ := keyring.Lookup(image)
	order := make([]int, 0, len(configs))
	for _, c := range configs {
		i, err := strconv.Atoi(c.Username)
		if err != nil {
			panic(err)
		}
		order = append(order, i)
	}
	return order
}

// logBuffer keeps what the kubelet's code logs until somebody takes it.
type logBuffer struct {
	sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) take() string {
	klog.Flush()
	b.Lock()
	defer b.Unlock()
	defer b.text.Reset()
	return b.text.String()
}

func captureLog() *logBuffer {
	flags := flag.NewFlagSet("klog", flag.PanicOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{
		"logtostderr": "false", "alsologtostderr": "false", "stderrthreshold": "FATAL", "one_output": "true", "v": "5",
	} {
		if err := flags.Set(name, value); err != nil {
			panic(err)
		}
	}
	buffer := &logBuffer{}
	klog.SetOutput(buffer)
	return buffer
}
