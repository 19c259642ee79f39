package condition

// maxExpanded bounds the number of nodes a condition may grow to: macros that
// use macros twice each grow it exponentially.
const maxExpanded = 200_000

// Expand replaces every reference to a macro by the macro's condition, and
// references inside it likewise. What comes from a macro gets the position of
// the reference, so that every offset is one in x's text. What macros returns
// may be expanded already. The error is a *MacroError.
func Expand(x Expr, macros func(name string) (Expr, bool)) (Expr, error) {
	e := expander{macros: macros}
	return e.expand(x, nil)
}

type expander struct {
	macros func(string) (Expr, bool)
	open   []string // the macros being expanded, outermost first
	size   int
}

// expand copies x; from is the outermost reference x comes from, nil in the
// condition itself.
func (e *expander) expand(x Expr, from *Macro) (Expr, error) {
	if e.size++; e.size > maxExpanded && from != nil {
		return nil, &MacroError{Name: from.Name, Offset: from.Offset, Large: true}
	}
	switch x := x.(type) {
	case *Macro:
		return e.macro(x, from)
	case *Not:
		inner, err := e.expand(x.X, from)
		if err != nil {
			return nil, err
		}
		return negate(inner), nil
	case *And:
		of, err := e.all(x.Of, from)
		return &And{Of: of}, err
	case *Or:
		of, err := e.all(x.Of, from)
		return &Or{Of: of}, err
	case *Compare:
		if from == nil {
			return x, nil
		}
		c := *x
		c.Offset = from.Offset
		c.Macro = e.origin(x.Macro)
		return &c, nil
	case *Exists:
		if from == nil {
			return x, nil
		}
		return &Exists{Left: x.Left, Macro: e.origin(x.Macro), Offset: from.Offset}, nil
	}
	return x, nil
}

// origin is the innermost macro a node comes from: its text is where a fault
// has to be mended.
func (e *expander) origin(already string) string {
	if already != "" || len(e.open) == 0 {
		return already
	}
	return e.open[len(e.open)-1]
}

func (e *expander) macro(m, from *Macro) (Expr, error) {
	if from == nil {
		from = m
	}
	for _, name := range e.open {
		if name == m.Name {
			return nil, &MacroError{Name: m.Name, Offset: from.Offset, Loop: true}
		}
	}
	x, ok := e.macros(m.Name)
	if !ok {
		return nil, &MacroError{Name: m.Name, Offset: from.Offset}
	}
	e.open = append(e.open, m.Name)
	defer func() { e.open = e.open[:len(e.open)-1] }()
	return e.expand(x, from)
}

func (e *expander) all(of []Expr, from *Macro) ([]Expr, error) {
	out := make([]Expr, len(of))
	for i, x := range of {
		y, err := e.expand(x, from)
		if err != nil {
			return nil, err
		}
		out[i] = y
	}
	return out, nil
}
