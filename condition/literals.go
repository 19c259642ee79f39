package condition

// Constant is a plain value that a condition compares a field with.
type Constant struct {
	// Op is the operator as it acts on a single text: Eq for "==" too, In for
	// "intersects".
	Op Op
	// Text is the value, unquoted: a name, a prefix, a pattern, as Op says.
	Text string
	// Negated is set where the comparison stands under an odd number of nots:
	// the value is one of the exceptions, not one of those looked for.
	Negated bool
}

// Literals returns the plain values the condition compares a field with
// ("fd.name", without an argument), in the order they appear, none twice. All
// comparisons count, those of macros, lists and exceptions too; those of the
// result of a transformer (tolower(fd.name)) and those with computed values
// (val(proc.name)) do not.
func (p *Predicate) Literals(field string) []Constant { return Literals(p.expr, field) }

// Literals is Predicate.Literals for an expanded tree.
func Literals(x Expr, field string) []Constant {
	var found []Constant
	seen := map[Constant]bool{}
	walk(x, false, func(c *Compare, negated bool) {
		ref, ok := c.Left.(*FieldRef)
		if !ok || ref.Name != field || ref.HasArg {
			return
		}
		for _, v := range c.Values {
			k := Constant{Op: c.Op.acting(), Text: v.Text, Negated: negated}
			if v.Operand == nil && !seen[k] {
				seen[k] = true
				found = append(found, k)
			}
		}
	})
	return found
}

// acting is the operator that others are spellings of, for a single text.
func (o Op) acting() Op {
	switch o {
	case EqEq:
		return Eq
	case Intersects:
		return In
	}
	return o
}

// walk visits the comparisons of a tree in the order they are written.
func walk(x Expr, negated bool, visit func(c *Compare, negated bool)) {
	switch x := x.(type) {
	case *And:
		for _, y := range x.Of {
			walk(y, negated, visit)
		}
	case *Or:
		for _, y := range x.Of {
			walk(y, negated, visit)
		}
	case *Not:
		walk(x.X, !negated, visit)
	case *Compare:
		visit(x, negated)
	}
}
