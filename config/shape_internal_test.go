package config

import "testing"

// TestEverySettingHasAShape keeps the schema and what "gyr config show" prints
// complete.
func TestEverySettingHasAShape(t *testing.T) {
	var check func(prefix string, keys map[string]setting)
	check = func(prefix string, keys map[string]setting) {
		for name, s := range keys {
			of := shapeOf(s)
			if of.keys == nil && of.schema == nil {
				t.Errorf("%s does not say what it takes (told)", join(prefix, name))
			}
			check(join(prefix, name), of.keys)
		}
	}
	c := absent()
	check("", settings(c))
	check("init_config", containerKeys(&c.Containers))
}
