package event

// Statics tells the values of the fields the configuration defines; ok is false
// where it defines none of that name. Implementations are safe for concurrent use.
type Statics interface {
	Static(name string) (value string, ok bool)
}

// StaticValues are such values by their names. They must not be changed.
type StaticValues map[string]string

// Static implements Statics.
func (v StaticValues) Static(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}
