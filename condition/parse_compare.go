package condition

// rhs is the kind of right-hand side an operator takes.
type rhs uint8

const (
	rhsNumber rhs = iota
	rhsString
	rhsList
)

// operators in the order they are tried: none is a prefix of a later one that
// could be meant.
var operators = [...]struct {
	text string
	op   Op
	rhs  rhs
}{
	{"<=", Le, rhsNumber},
	{"<", Lt, rhsNumber},
	{">=", Ge, rhsNumber},
	{">", Gt, rhsNumber},
	{"==", EqEq, rhsString},
	{"=", Eq, rhsString},
	{"!=", Ne, rhsString},
	{"glob", Glob, rhsString},
	{"iglob", IGlob, rhsString},
	{"contains", Contains, rhsString},
	{"icontains", IContains, rhsString},
	{"bcontains", BContains, rhsString},
	{"startswith", StartsWith, rhsString},
	{"bstartswith", BStartsWith, rhsString},
	{"endswith", EndsWith, rhsString},
	{"regex", Regex, rhsString},
	{"intersects", Intersects, rhsList},
	{"in", In, rhsList},
	{"pmatch", PMatch, rhsList},
}

// compare reads the operator and right-hand side behind left.
func (p *parser) compare(left Operand) (Expr, error) {
	start := p.pos
	offset := operandOffset(left)
	if p.word() == "exists" {
		p.blanks()
		return &Exists{Left: left, Offset: offset}, nil
	}
	p.pos = start
	for _, o := range operators {
		if isLetter(o.text[0]) {
			if !p.takeWord(o.text, o.rhs == rhsList) {
				continue
			}
		} else if !p.take(o.text) {
			continue
		}
		p.blanks()
		c := &Compare{Left: left, Op: o.op, Offset: offset}
		if err := p.right(c, o.rhs); err != nil {
			return nil, err
		}
		p.blanks()
		return c, nil
	}
	if p.end() {
		return nil, p.errorf("expected an operator behind %s, found the end of the condition", operandText(left))
	}
	return nil, p.unknownOperator(left)
}

func (p *parser) unknownOperator(left Operand) error {
	start := p.pos
	word := p.word()
	p.pos = start
	if word == "" {
		return p.errorf("expected an operator behind %s, found %s", operandText(left), p.found())
	}
	names := make([]string, 0, len(operators)+1)
	for _, o := range operators {
		if o.text == word {
			return p.errorf("expected a value behind '%s'", word)
		}
		names = append(names, o.text)
	}
	return p.errorf("unknown operator '%s'%s", word, suggest(word, append(names, "exists")))
}

// right reads the right-hand side of c.
func (p *parser) right(c *Compare, kind rhs) error {
	start := p.pos
	if t, err := p.transform(); err != nil {
		return err
	} else if t != nil {
		c.Values = []Value{{Operand: t, Offset: start}}
		return nil
	}
	switch kind {
	case rhsNumber:
		n := p.number()
		if n == "" {
			return p.errorf("expected a number behind '%s', found %s", c.Op, p.found())
		}
		c.Values = []Value{{Text: n, Offset: start}}
		return nil
	case rhsList:
		return p.listOrName(c)
	}
	if m, err := p.modifier(c); m || err != nil {
		return err
	}
	v, ok, err := p.value()
	if err != nil {
		return err
	}
	if !ok {
		return p.errorf("expected a value behind '%s', found %s", c.Op, p.found())
	}
	c.Values = []Value{v}
	return nil
}

// modifier reads oneof, anyof or allof with its list. Without a list behind
// it, the word is a plain value.
func (p *parser) modifier(c *Compare) (bool, error) {
	start := p.pos
	word := p.word()
	for m := OneOf; m <= AllOf; m++ {
		if word != m.String() {
			continue
		}
		p.blanks()
		if p.end() || p.text[p.pos] != '(' {
			break
		}
		c.Modifier = m
		return true, p.list(c)
	}
	p.pos = start
	return false, nil
}

// listOrName reads a list, or the name of one that was not replaced by its
// items, which then stands for itself.
func (p *parser) listOrName(c *Compare) error {
	if !p.end() && p.text[p.pos] == '(' {
		return p.list(c)
	}
	start := p.pos
	name := p.word()
	if name == "" {
		return p.errorf("expected a list such as (a, b) behind '%s', found %s", c.Op, p.found())
	}
	c.Values = []Value{{Text: name, Offset: start}}
	return nil
}

// list reads values in parentheses, separated by commas.
func (p *parser) list(c *Compare) error {
	start := p.pos
	p.take("(")
	c.List, c.Values = true, []Value{}
	p.blanks()
	if p.take(")") {
		return nil
	}
	for {
		v, ok, err := p.value()
		if err != nil {
			return err
		}
		if !ok {
			return p.errorf("expected a value in the list, found %s", p.found())
		}
		c.Values = append(c.Values, v)
		p.blanks()
		if p.take(")") {
			return nil
		}
		if !p.take(",") {
			if p.end() {
				return p.errorAt(start, "this list is not closed: add a ')'")
			}
			return p.errorf("expected ',' or ')' in the list, found %s", p.found())
		}
		p.blanks()
	}
}

// value reads a string or number; false if none comes next.
func (p *parser) value() (Value, bool, error) {
	start := p.pos
	if p.atQuote() {
		text, err := p.quoted()
		return Value{Text: text, Quoted: true, Offset: start}, true, err
	}
	text := p.bare()
	return Value{Text: text, Offset: start}, text != "", nil
}

// transform reads a transformer with its arguments; nil if none comes next.
func (p *parser) transform() (Operand, error) {
	start := p.pos
	name := p.word()
	if !isTransformer(name) || !p.take("(") {
		p.pos = start
		return nil, nil
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	t := &Transform{Name: name, Offset: start}
	for {
		p.blanks()
		param, err := p.param()
		if err != nil {
			return nil, err
		}
		t.Params = append(t.Params, param)
		p.blanks()
		if p.take(")") {
			break
		}
		if !p.take(",") {
			return nil, p.errorf("expected ',' or ')' in the arguments of %s, found %s", name, p.found())
		}
	}
	p.depth--
	var err error
	if t.Arg, t.HasArg, err = p.argument(); err != nil {
		return nil, err
	}
	p.blanks()
	return t, nil
}

// param reads one argument of a transformer: a transformer, a field, a list of
// these, or a value.
func (p *parser) param() (Operand, error) {
	if x, err := p.left(); x != nil || err != nil {
		return x, err
	}
	if p.take("(") {
		return p.paramList()
	}
	v, ok, err := p.value()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, p.errorf("expected a field, a value or a list as argument, found %s", p.found())
	}
	return &Literal{Value: v}, nil
}

func (p *parser) paramList() (Operand, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	list := &ListLiteral{}
	p.blanks()
	for !p.take(")") {
		if len(list.Of) > 0 {
			if !p.take(",") {
				return nil, p.errorf("expected ',' or ')' in the list, found %s", p.found())
			}
			p.blanks()
		}
		x, err := p.param()
		if err != nil {
			return nil, err
		}
		list.Of = append(list.Of, x)
		p.blanks()
	}
	p.depth--
	return list, nil
}
