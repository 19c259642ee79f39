package condition

import "strings"

// Print writes a condition in its canonical form: single blanks, parentheses
// around every and and or, quotes only where a value needs them. Parsing the
// result gives the same condition.
func Print(x Expr) string {
	var b strings.Builder
	printExpr(&b, x)
	return b.String()
}

func printExpr(b *strings.Builder, x Expr) {
	switch x := x.(type) {
	case *And:
		printChain(b, x.Of, " and ")
	case *Or:
		printChain(b, x.Of, " or ")
	case *Not:
		b.WriteString("not ")
		printExpr(b, x.X)
	case *Macro:
		b.WriteString(x.Name)
	case *Exists:
		printOperand(b, x.Left)
		b.WriteString(" exists")
	case *Compare:
		printOperand(b, x.Left)
		b.WriteByte(' ')
		b.WriteString(x.Op.String())
		b.WriteByte(' ')
		if x.Modifier != NoModifier {
			b.WriteString(x.Modifier.String())
			b.WriteByte(' ')
		}
		printValues(b, x)
	}
}

func printChain(b *strings.Builder, of []Expr, sep string) {
	b.WriteByte('(')
	for i, x := range of {
		if i > 0 {
			b.WriteString(sep)
		}
		printExpr(b, x)
	}
	b.WriteByte(')')
}

func printValues(b *strings.Builder, c *Compare) {
	if !c.List {
		printValue(b, c.Values[0])
		return
	}
	b.WriteByte('(')
	for i, v := range c.Values {
		if i > 0 {
			b.WriteString(", ")
		}
		printValue(b, v)
	}
	b.WriteByte(')')
}

func printValue(b *strings.Builder, v Value) {
	if v.Operand != nil {
		printOperand(b, v.Operand)
		return
	}
	printString(b, v.Text)
}

func printString(b *strings.Builder, s string) {
	if isBareValue(s) {
		b.WriteString(s)
		return
	}
	printQuoted(b, s)
}

func isBareValue(s string) bool {
	for i := range len(s) {
		if !isBare(s[i]) {
			return false
		}
	}
	return s != ""
}

// printQuoted escapes what would end or change the string. A backslash before
// a character that needs none stands for itself and is doubled as well.
func printQuoted(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}

func printOperand(b *strings.Builder, o Operand) {
	switch o := o.(type) {
	case *FieldRef:
		b.WriteString(o.Name)
		printArg(b, o.Arg, o.HasArg)
	case *Transform:
		b.WriteString(o.Name)
		printOperands(b, o.Params)
		printArg(b, o.Arg, o.HasArg)
	case *Literal:
		// A bare word here would be read as a field or transformer.
		printQuoted(b, o.Value.Text)
	case *ListLiteral:
		printOperands(b, o.Of)
	}
}

func printOperands(b *strings.Builder, of []Operand) {
	b.WriteByte('(')
	for i, o := range of {
		if i > 0 {
			b.WriteString(", ")
		}
		printOperand(b, o)
	}
	b.WriteByte(')')
}

func printArg(b *strings.Builder, arg string, hasArg bool) {
	if !hasArg {
		return
	}
	b.WriteByte('[')
	bare := arg != ""
	for i := range len(arg) {
		if isSpace(arg[i]) || strings.IndexByte(`[]"'`, arg[i]) >= 0 {
			bare = false
		}
	}
	if bare {
		b.WriteString(arg)
	} else {
		printQuoted(b, arg)
	}
	b.WriteByte(']')
}

// operandText is an operand as printed.
func operandText(o Operand) string {
	var b strings.Builder
	printOperand(&b, o)
	return b.String()
}

func operandOffset(o Operand) int {
	switch o := o.(type) {
	case *FieldRef:
		return o.Offset
	case *Transform:
		return o.Offset
	case *Literal:
		return o.Value.Offset
	}
	return 0
}
