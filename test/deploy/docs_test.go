package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
)

const guide = "docs/kubernetes.md"

// blocks are the fenced blocks of a language in the guide.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(read(t, guide), -1) {
		all = append(all, m[1])
	}
	return all
}

// What the guide gives as rules can be put into falco_rules.local.yaml as it is.
func TestGuideRules(t *testing.T) {
	all := blocks(t, "yaml")
	if len(all) == 0 {
		t.Fatal("there are none")
	}
	for _, text := range all {
		_, err := rules.Load([]rules.Source{
			{Name: "falco_rules.yaml", Data: config.DefaultRules()}, {Name: guide, Data: []byte(text)},
		}, rules.Options{})
		if err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// The guide's table explains what the manifest asks for, all of it.
func TestGuideExplainsPrivileges(t *testing.T) {
	text := read(t, guide)
	o := manifest(t, "daemonset.yaml")
	var want []string
	for _, c := range at(o, "spec.template.spec.containers.0.securityContext.capabilities.add").([]any) {
		want = append(want, "`CAP_"+c.(string)+"`")
	}
	for _, v := range at(o, "spec.template.spec.volumes").([]any) {
		if path, ok := at(v, "hostPath.path").(string); ok {
			want = append(want, "`"+path+"`")
		}
	}
	for _, w := range append(want, "`hostPID`", "AppArmor", "`spc_t`") {
		if !regexp.MustCompile(`(?m)^\| [^|]*` + regexp.QuoteMeta(w)).MatchString(text) {
			t.Errorf("%s has no row about %s", guide, w)
		}
	}
}

// Files that commands of the guide name are there.
func TestGuideFiles(t *testing.T) {
	for _, text := range blocks(t, "sh") {
		for _, file := range regexp.MustCompile(`\b(?:config|deploy)/[\w./-]+`).FindAllString(text, -1) {
			if _, err := os.Stat(filepath.Join(repository, strings.TrimSuffix(file, "."))); err != nil {
				t.Error(err)
			}
		}
	}
}
