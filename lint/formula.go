package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// formula is a condition with negations pushed down to its comparisons, and
// ands and ors flattened: the form in which conditions are reasoned about.
type formula struct {
	// of are the parts of an and or an or, two or more; lit is set in a
	// comparison.
	or  bool
	of  []*formula
	lit *literal
	// flipped is set in an or that was written as a negated and.
	flipped bool
	// key is equal for formulas that are the same but for order and spelling.
	key string
}

// literal is a comparison, or its negation.
type literal struct {
	neg bool
	// left is the text of the left-hand side, ref the field there, nil where it
	// is computed.
	left string
	ref  *field.Ref
	// single is set where the left-hand side has at most one value for an event.
	single bool
	// cmp is nil for "exists".
	cmp *condition.Compare
	// expr is the comparison as it stands in the condition.
	expr condition.Expr
	// base is the key without the negation.
	base string
	// types are the event types for which the literal can hold.
	types event.TypeSet
}

// isAnd reports whether all parts of f have to hold.
func (f *formula) isAnd() bool { return f.lit == nil && !f.or }

// parts are what has to hold for f to hold.
func (f *formula) parts() []*formula {
	if f.isAnd() {
		return f.of
	}
	return []*formula{f}
}

// newFormula brings a condition, or its negation, into the form.
func newFormula(x condition.Expr, neg bool) *formula {
	switch x := x.(type) {
	case *condition.Not:
		return newFormula(x.X, !neg)
	case *condition.And:
		return chain(x.Of, neg, neg, neg)
	case *condition.Or:
		return chain(x.Of, neg, !neg, false)
	}
	l := newLiteral(x)
	l.neg = neg
	l.types = literalTypes(l)
	f := &formula{lit: l, key: l.base}
	if neg {
		f.key = "!" + l.base
	}
	return f
}

func chain(of []condition.Expr, neg, or, flipped bool) *formula {
	f := &formula{or: or, flipped: flipped}
	for _, x := range of {
		p := newFormula(x, neg)
		if p.lit == nil && p.or == or {
			f.of = append(f.of, p.of...)
			continue
		}
		f.of = append(f.of, p)
	}
	keys := make([]string, len(f.of))
	for i, p := range f.of {
		keys[i] = p.key
	}
	slices.Sort(keys)
	sep := " & "
	if or {
		sep = " | "
	}
	f.key = short("(" + strings.Join(slices.Compact(keys), sep) + ")")
	return f
}

// short keeps keys from growing with the square of a condition.
func short(key string) string {
	const most = 256
	if len(key) <= most {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func newLiteral(x condition.Expr) *literal {
	l := &literal{expr: x}
	var left condition.Operand
	switch x := x.(type) {
	case *condition.Compare:
		l.cmp, left = x, x.Left
	case *condition.Exists:
		left = x.Left
	default: // a macro, which Load puts in everywhere
		l.base = condition.Print(x)
		return l
	}
	l.left = strings.TrimSuffix(condition.Print(&condition.Exists{Left: left}), " exists")
	if f, ok := left.(*condition.FieldRef); ok {
		if ref, err := field.Bind(f.Name, f.Arg, f.HasArg); err == nil {
			l.ref = ref
			l.single = ref.Any == nil && ref.Of == nil && ref.OfInt == nil && ref.At == nil && ref.Names == nil && !ref.Field.List
		}
	}
	l.base = short(l.left + " " + l.relation())
	return l
}

// relation is the operator and the right-hand side in one spelling.
func (l *literal) relation() string {
	if l.cmp == nil {
		return "exists"
	}
	op, modifier := l.cmp.Op, l.cmp.Modifier
	if op == condition.EqEq {
		op = condition.Eq
	}
	values := make([]string, 0, len(l.cmp.Values))
	for _, v := range l.cmp.Values {
		if v.Operand != nil {
			return condition.Print(l.cmp)
		}
		values = append(values, strconv.Quote(v.Text))
	}
	slices.Sort(values)
	if modifier != condition.OneOf {
		values = slices.Compact(values)
	}
	if len(values) == 1 && op == condition.In {
		op = condition.Eq
	}
	if len(values) == 1 {
		modifier = condition.NoModifier
	}
	if op == condition.Eq && modifier == condition.AnyOf && l.single {
		op, modifier = condition.In, condition.NoModifier
	}
	return op.String() + " " + modifier.String() + " " + strings.Join(values, ", ")
}

// isTypeOnly reports whether a literal holds for all events of a type or for
// none.
func isTypeOnly(l *literal) bool { return l.name() == "evt.type" || l.name() == "evt.dir" }

// literalTypes are the event types for which the literal can hold.
func literalTypes(l *literal) event.TypeSet {
	if !isTypeOnly(l) {
		return event.AllTypes()
	}
	x := l.expr
	if l.neg {
		x = &condition.Not{X: x}
	}
	p, err := condition.Compile(x)
	if err != nil {
		return event.AllTypes()
	}
	return p.Types()
}

// text is the literal as a reader knows it, cut where it is long.
func (l *literal) text() string {
	s := condition.Print(l.expr)
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	if l.neg {
		return "not " + s
	}
	return s
}

// name is the name of the field on the left-hand side, "" where it is computed.
func (l *literal) name() string {
	if l.ref == nil {
		return ""
	}
	return l.ref.Field.Name
}
