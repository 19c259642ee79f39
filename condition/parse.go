package condition

import "strings"

// maxDepth is how deeply parentheses and transformers may be nested.
const maxDepth = 1000

// Parse reads a condition. The error is a *SyntaxError: no condition, or one
// nested deeper than 1000 levels.
func Parse(text string) (Expr, error) {
	p := parser{lexer: lexer{text: text}}
	p.blanks()
	if p.end() {
		return nil, p.errorf("the condition is empty")
	}
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.end() {
		return nil, p.errorf("expected 'and', 'or' or the end of the condition, found %s", p.found())
	}
	return x, nil
}

// parser is a recursive descent over the grammar: or binds loosest, then and,
// then not. Every method leaves the lexer behind the blanks that follow.
type parser struct {
	lexer
	depth int
}

// enter counts one more level of nesting.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.errorf("exceeded max depth limit of %d: split the condition into macros", maxDepth)
	}
	return nil
}

func (p *parser) or() (Expr, error) {
	return p.chain("or", p.and, func(of []Expr) Expr { return &Or{Of: of} })
}

func (p *parser) and() (Expr, error) {
	return p.chain("and", p.not, func(of []Expr) Expr { return &And{Of: of} })
}

// chain reads operands separated by word; a single one stands for itself.
func (p *parser) chain(word string, operand func() (Expr, error), join func([]Expr) Expr) (Expr, error) {
	x, err := operand()
	if err != nil {
		return nil, err
	}
	of := []Expr{x}
	for p.takeWord(word, true) {
		p.blanks()
		if x, err = operand(); err != nil {
			return nil, err
		}
		of = append(of, x)
	}
	if len(of) == 1 {
		return x, nil
	}
	return join(of), nil
}

// not collapses repeated negations to their parity.
func (p *parser) not() (Expr, error) {
	negated := false
	for p.takeWord("not", true) {
		negated = !negated
		p.blanks()
	}
	x, err := p.check()
	if err != nil || !negated {
		return x, err
	}
	return negate(x), nil
}

// negate keeps negations from piling up: not (not x) is x.
func negate(x Expr) Expr {
	if n, ok := x.(*Not); ok {
		return n.X
	}
	return &Not{X: x}
}

// check reads a comparison, a macro or a condition in parentheses.
func (p *parser) check() (Expr, error) {
	start := p.pos
	if p.take("(") {
		if err := p.enter(); err != nil {
			return nil, err
		}
		p.blanks()
		x, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.take(")") {
			if p.end() {
				return nil, p.errorAt(start, "this '(' is not closed: add a ')'")
			}
			return nil, p.errorf("expected ')', 'and' or 'or', found %s", p.found())
		}
		p.depth--
		p.blanks()
		return x, nil
	}
	left, err := p.left()
	if err != nil {
		return nil, err
	}
	if left != nil {
		return p.compare(left)
	}
	name := p.word()
	if name == "" || name == "and" || name == "or" || name == "not" {
		p.pos = start
		return nil, p.errorf("expected a field, a macro, 'not' or '(', found %s", p.found())
	}
	if !p.end() && p.text[p.pos] != ')' && !isBlank(p.text[p.pos]) {
		p.pos = start
		return nil, p.errorf("%s is neither a field (such as proc.name) nor the name of a macro", p.found())
	}
	p.blanks()
	return &Macro{Name: name, Offset: start}, nil
}

// left reads a comparison's left side; nil if none comes next.
func (p *parser) left() (Operand, error) {
	if t, err := p.transform(); t != nil || err != nil {
		return t, err
	}
	if f, err := p.field(); f != nil || err != nil {
		return f, err
	}
	return nil, nil
}

// field reads a field with its argument; nil if none comes next.
func (p *parser) field() (Operand, error) {
	start := p.pos
	name := p.fieldName()
	if name == "" {
		return nil, nil
	}
	arg, hasArg, err := p.argument()
	if err != nil {
		return nil, err
	}
	p.blanks()
	return &FieldRef{Name: name, Arg: arg, HasArg: hasArg, Offset: start}, nil
}

// argument reads what stands in brackets after a field or transformer.
func (p *parser) argument() (string, bool, error) {
	start := p.pos
	if !p.take("[") {
		return "", false, nil
	}
	var arg string
	if p.atQuote() {
		var err error
		if arg, err = p.quoted(); err != nil {
			return "", false, err
		}
	} else {
		from := p.pos
		for !p.end() && !isSpace(p.text[p.pos]) && !strings.ContainsRune(`[]"'`, rune(p.text[p.pos])) {
			p.pos++
		}
		if arg = p.text[from:p.pos]; arg == "" {
			return "", false, p.errorf("expected a field argument after '[', found %s", p.found())
		}
	}
	if !p.take("]") {
		return "", false, p.errorAt(start, "this '[' is not closed: add a ']' behind the argument (quote arguments with blanks or brackets)")
	}
	return arg, true, nil
}
