package config_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/config"
)

// defaultHTTP are the values of Falco's own file.
func defaultHTTP() config.HTTPOutput {
	return config.HTTPOutput{
		UserAgent: "falcosecurity/falco", CAPath: "/etc/ssl/certs", ClientCert: "/etc/ssl/certs/client.crt",
		ClientKey: "/etc/ssl/certs/client.key", MaxConsecutiveTimeouts: 5,
	}
}

func TestOutputs(t *testing.T) {
	c, warnings := parse(t, `
syslog_output: {enabled: true}
file_output: {enabled: yes, keep_alive: on, filename: /var/log/a.txt}
http_output:
  enabled: true
  url: HTTPS://user:pw@h.example:8/x?y=z
  user_agent: "a b"
  insecure: true
  ca_cert: /1
  ca_bundle: /2
  ca_path: ""
  mtls: true
  client_cert: /3
  client_key: /4
  echo: true
  compress_uploads: true
  keep_alive: true
  max_consecutive_timeouts: 0
program_output: {enabled: true, keep_alive: true, program: "jq . | cat"}
outputs_queue: {capacity: 100}
output_timeout: 1500
`)
	if len(warnings) > 0 {
		t.Errorf("warnings %v", warnings)
	}
	type outputs struct {
		Syslog  config.SyslogOutput
		File    config.FileOutput
		HTTP    config.HTTPOutput
		Program config.ProgramOutput
		Queue   config.OutputsQueue
		Timeout time.Duration
	}
	want := outputs{
		config.SyslogOutput{Enabled: true},
		config.FileOutput{Enabled: true, KeepAlive: true, Filename: "/var/log/a.txt"},
		config.HTTPOutput{
			Enabled: true, URL: "HTTPS://user:pw@h.example:8/x?y=z", UserAgent: "a b", Insecure: true, CACert: "/1", CABundle: "/2",
			MTLS: true, ClientCert: "/3", ClientKey: "/4", Echo: true, CompressUploads: true, KeepAlive: true,
		},
		config.ProgramOutput{Enabled: true, KeepAlive: true, Program: "jq . | cat"},
		config.OutputsQueue{Capacity: 100},
		1500 * time.Millisecond,
	}
	got := outputs{c.SyslogOutput, c.FileOutput, c.HTTPOutput, c.ProgramOutput, c.OutputsQueue, c.OutputTimeout}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What is switched off may be left empty, as in Falco's own file.
	parse(t, "http_output: {enabled: false, url: '', mtls: true, client_key: ''}\nfile_output: {filename: ''}\nprogram_output: {program: ''}\n")
}

func TestOutputErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no url", "http_output:\n  enabled: true\n", `falco.yaml:2:12: http_output is enabled and http_output.url is empty: give it an address that begins with http:// or https://, or set http_output.enabled to false`},
		{"empty url", "http_output:\n  url: ''\n  enabled: true\n", `falco.yaml:2:8: http_output is enabled and http_output.url is empty: give it an address that begins with http:// or https://, or set http_output.enabled to false`},
		{"url without a scheme", "http_output: {enabled: true, url: example.com/secret}\n", `falco.yaml:1:35: http_output.url must be an address that begins with http:// or https:// and names a server`},
		{"url without a server", "http_output: {enabled: true, url: 'http:///x'}\n", `falco.yaml:1:35: http_output.url must be an address that begins with http:// or https:// and names a server`},
		{"url of another kind", "http_output: {enabled: true, url: 'ftp://h/x'}\n", `falco.yaml:1:35: http_output.url must be an address that begins with http:// or https:// and names a server`},
		{"url is a list", "http_output: {url: [a]}\n", `falco.yaml:1:20: http_output.url must be a text, not a list`},
		{"mtls without a key", "http_output: {enabled: true, url: 'https://h', mtls: true, client_key: ''}\n", `falco.yaml:1:54: http_output.mtls needs files as client_cert and client_key`},
		{"retries", "http_output: {max_consecutive_timeouts: -1}\n", `falco.yaml:1:41: http_output.max_consecutive_timeouts must be a whole number from 0 to 1000, not "-1"`},
		{"no file", "file_output: {enabled: true, filename: ''}\n", `falco.yaml:1:40: file_output is enabled and file_output.filename is empty: give it the path of a file, or set file_output.enabled to false`},
		{"no program", "program_output: {enabled: true}\n", `falco.yaml:1:27: program_output is enabled and program_output.program is empty: give it a command of the shell, or set program_output.enabled to false`},
		{"not a mapping", "file_output: /a\n", `falco.yaml:1:14: file_output must be a mapping, not "/a"; write its keys below it, indented: enabled, filename, keep_alive`},
		{"capacity", "outputs_queue: {capacity: many}\n", `falco.yaml:1:27: outputs_queue.capacity must be a whole number from 0 to 1000000000, not "many"`},
		{"timeout", "output_timeout: 2s\n", `falco.yaml:1:17: output_timeout must be a number of milliseconds from 0 to 86400000, not "2s"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, err := config.Parse("falco.yaml", []byte(tt.text), nil, noEnv)
			if err == nil {
				t.Fatalf("accepted as %+v", c)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	_, _, err := config.Parse("falco.yaml", nil, []string{"http_output.enabled=true"}, noEnv)
	if err == nil || err.Error()[:len("-o http_output.enabled=true: ")] != "-o http_output.enabled=true: " {
		t.Errorf("from the command line: %v", err)
	}
}
