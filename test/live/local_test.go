package live

import (
	"testing"

	"github.com/gyrsec/gyr/test/runc"
)

// localBehaviours are the changes that falco_rules.local.yaml shows, as far as
// they do not depend on what a container's runtime knows.
func localBehaviours(t *testing.T) []behaviour {
	return []behaviour{
		{
			rule:  "Disallowed SSH Connection",
			local: documented(t, "- macro: allowed_ssh_hosts", "- list: ssh_ports"),
			raises: []step{
				dial(private + ":22"), dial(private + ":2222"), dialInside(private + ":2222"),
			},
			misses:   []step{dial(remote + ":22"), dial(private + ":2223"), dial("127.0.0.1:22")},
			silenced: []step{dialInside(remote + ":22")},
		},
		{
			rule:   "Standard Streams Connected To Network",
			local:  documented(t, "- macro: duplicated"),
			raises: []step{host(toolDir + "/actor call socket 2 1 0 , connect @1 in:" + remote + ":80 16 , close 2 , fcntl @1 0 0")},
			misses: []step{host(toolDir + "/actor call socket 2 1 0 , connect @1 in:" + remote + ":80 16 , fcntl @1 3 0")},
		},
		{
			rule:     "Contact K8S API Server From Container",
			local:    documented(t, "- list: k8s_api_server_ips"),
			raises:   []step{dialInside(ownAPIServer + ":443")},
			misses:   []step{dial(ownAPIServer + ":443")},
			silenced: []step{dialInside(apiServer + ":443")},
		},
		{
			rule:     "Write Below Etc",
			local:    documented(t, "- macro: user_known_system_maintenance"),
			silenced: []step{host(ownManager + " -c 'echo 127.0.0.1 a >>/etc/hosts'")},
		},
		{
			rule:     "Write Below Etc",
			local:    documented(t, "- rule: Write Below Etc"),
			silenced: []step{host("echo 127.0.0.1 a >>/etc/hosts")},
		},
		{
			rule:     readSensitive,
			local:    documented(t, "- macro: user_known_read_sensitive_files_activities"),
			silenced: []step{host(ownScanner + " -c ': </etc/shadow'")},
		},
		{
			rule:   "Shell Started By Server Program",
			local:  documented(t, "- list: server_paths"),
			raises: []step{host(ownServer + " -c 'sh -c :; :'")},
			misses: []step{host(ownScanner + " -c 'sh -c :; :'")},
		},
		{
			rule:     terminalShell,
			local:    documented(t, "- rule: "+terminalShell),
			silenced: []step{newContainer("start a container on a terminal", runc.Options{})},
		},
		{
			rule: "Payroll File Read",
			local: documented(t, "- rule: Payroll File Read") + `
- rule: Payroll File Read
  output: mark=%` + markField + `
  override: {output: append}
`,
			raises: []step{host("cat /srv/payroll/list"), host("cd /srv; cat payroll/list")},
			misses: []step{host("ls -l /srv/payroll/list"), host("cat /srv/payroll").ending(1)},
		},
	}
}
