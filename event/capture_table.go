package event

// exception is what differs for a call from the rule of Capture.inOrder: fields
// left empty are as the rule has them.
type exception struct {
	name string
	// args, if given, replaces the rule, which then finds no descriptor and no
	// paths either.
	args []Source
	// params as Capture.Params, nil where args are in the places of parameters.
	params []int
	fd     Source
	// returnsFD is set where the result is a descriptor, and with it the
	// parameter "fd" if that is the first.
	returnsFD bool
	paths     [2]PathArg
	addr      AddrArg
	data      DataArg
	when      Guard
}

func exceptionOf(name string) exception {
	for _, table := range [...][]exception{ioExceptions[:], netExceptions[:], fileExceptions[:], processExceptions[:]} {
		for i := range table {
			if table[i].name == name {
				return table[i]
			}
		}
	}
	return genericException(name)
}
