package config

import (
	"net/url"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"
)

// StdoutOutput is the standard output as a channel for alerts.
type StdoutOutput struct{ Enabled bool }

// SyslogOutput is the syslog daemon of this machine as a channel for alerts.
type SyslogOutput struct{ Enabled bool }

// FileOutput is a file that alerts are appended to.
type FileOutput struct {
	Enabled bool
	// KeepAlive keeps the file open between alerts.
	KeepAlive bool
	Filename  string
}

// HTTPOutput is a web server that alerts are posted to.
type HTTPOutput struct {
	Enabled bool
	// URL begins with http:// or https://, if Enabled.
	URL       string
	UserAgent string
	// Insecure trusts any certificate.
	Insecure bool
	// The first of these that is not empty says which certificates are trusted: a
	// file, another, a directory.
	CACert, CABundle, CAPath string
	// MTLS shows the server a certificate, the one in the file ClientCert.
	MTLS                  bool
	ClientCert, ClientKey string
	// Echo logs what the server answers.
	Echo            bool
	CompressUploads bool
	// KeepAlive has the system probe the connection while it is not used.
	KeepAlive bool
	// MaxConsecutiveTimeouts is how often an alert is posted again.
	MaxConsecutiveTimeouts int
}

// ProgramOutput is a program that reads alerts.
type ProgramOutput struct {
	Enabled bool
	// KeepAlive has one process read all alerts; otherwise each has one of its own.
	KeepAlive bool
	// Program is a command of the shell.
	Program string
}

// OutputsQueue bounds what waits for a channel.
type OutputsQueue struct {
	// Capacity is the number of alerts; 0: as many as usual.
	Capacity int
}

// maxRetries and maxCapacity bound what is plausible.
const maxRetries, maxCapacity = 1000, 1e9

func absentHTTP() HTTPOutput {
	return HTTPOutput{
		UserAgent: "falcosecurity/falco", CAPath: "/etc/ssl/certs",
		ClientCert: "/etc/ssl/certs/client.crt", ClientKey: "/etc/ssl/certs/client.key", MaxConsecutiveTimeouts: 5,
	}
}

// outputs reads where alerts go to.
func outputs(c *Config) map[string]setting {
	file, program := &c.FileOutput, &c.ProgramOutput
	return map[string]setting{
		"stdout_output": group(map[string]setting{"enabled": truth(&c.StdoutOutput.Enabled)}),
		"syslog_output": group(map[string]setting{"enabled": truth(&c.SyslogOutput.Enabled)}),
		"file_output": needed(&file.Enabled, "filename", &file.Filename, "the path of a file", map[string]setting{
			"enabled": truth(&file.Enabled), "keep_alive": truth(&file.KeepAlive), "filename": anyText(&file.Filename),
		}),
		"http_output": httpOutput(&c.HTTPOutput),
		"program_output": needed(&program.Enabled, "program", &program.Program, "a command of the shell", map[string]setting{
			"enabled": truth(&program.Enabled), "keep_alive": truth(&program.KeepAlive), "program": anyText(&program.Program),
		}),
		"outputs_queue":  group(map[string]setting{"capacity": number(&c.OutputsQueue.Capacity, 0, maxCapacity)}),
		"output_timeout": milliseconds(&c.OutputTimeout),
	}
}

func httpOutput(h *HTTPOutput) setting {
	read := needed(&h.Enabled, "url", &h.URL, "an address that begins with http:// or https://", map[string]setting{
		"enabled": truth(&h.Enabled), "url": anyText(&h.URL), "user_agent": anyText(&h.UserAgent),
		"insecure": truth(&h.Insecure), "ca_cert": anyText(&h.CACert), "ca_bundle": anyText(&h.CABundle), "ca_path": anyText(&h.CAPath),
		"mtls": truth(&h.MTLS), "client_cert": anyText(&h.ClientCert), "client_key": anyText(&h.ClientKey),
		"echo": truth(&h.Echo), "compress_uploads": truth(&h.CompressUploads), "keep_alive": truth(&h.KeepAlive),
		"max_consecutive_timeouts": number(&h.MaxConsecutiveTimeouts, 0, maxRetries),
	})
	return func(r *reader, n *yaml.Node, key string) {
		read(r, n, key)
		if !h.Enabled || h.URL == "" {
			return
		}
		if u, err := url.Parse(h.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			// It is not quoted where it is another's: it may hold a secret.
			r.fail(child(n, "url"), key+".url", "%s must be an address that begins with http:// or https:// and names a server", key+".url")
		}
		if h.MTLS && (h.ClientCert == "" || h.ClientKey == "") {
			r.fail(child(n, "mtls"), key+".mtls", "%s.mtls needs files as client_cert and client_key", key)
		}
	}
}

// needed is group for an output that is of no use without the value of a key.
func needed(enabled *bool, name string, value *string, what string, keys map[string]setting) setting {
	read := group(keys)
	return func(r *reader, n *yaml.Node, key string) {
		read(r, n, key)
		if *enabled && *value == "" {
			r.fail(child(n, name, "enabled"), join(key, name), "%s is enabled and %s.%s is empty: give it %s, or set %s.enabled to false", key, key, name, what, key)
		}
	}
}

// child is the value of the first of these keys that n has, n itself where it has
// none.
func child(n *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if resolve(n.Content[i]).Value == name {
				return resolve(n.Content[i+1])
			}
		}
	}
	return n
}

// anyText reads a text, which may be empty.
func anyText(to *string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: typed("string"), value: *to}) {
			return
		}
		if n.Kind != yaml.ScalarNode {
			r.fail(n, key, "%s must be a text, not %s", key, describe(n))
			return
		}
		*to = r.text(n)
	}
}

// milliseconds reads a time of up to a day, given as their number.
func milliseconds(to *time.Duration) setting {
	const limit = 24 * time.Hour
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: map[string]any{"type": "integer", "minimum": 0}, value: to.Milliseconds()}) {
			return
		}
		if n.Kind == yaml.ScalarNode {
			if v, err := strconv.Atoi(r.text(n)); err == nil && v >= 0 && int64(v) <= limit.Milliseconds() {
				*to = time.Duration(v) * time.Millisecond
				return
			}
		}
		r.fail(n, key, "%s must be a number of milliseconds from 0 to %d, not %s", key, limit.Milliseconds(), r.shown(n))
	}
}
