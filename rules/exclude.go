package rules

import "strings"

// withExceptions is a rule's condition with its exceptions put in: "(cond) and
// not ((f1 op v1 and f2 op v2) or ...)" for each that has values. ok is false
// after an error.
func (l *loader) withExceptions(def *ruleDef) (s script, ok bool) {
	s, ok = def.condition, true
	wrapped := false
	for _, ex := range def.exceptions {
		clause, good := l.clause(ex)
		ok = ok && good
		if len(clause) == 0 {
			continue
		}
		if !wrapped {
			wrapped = true
			s = append(append(script{{text: "("}}, s...), piece{text: ")"})
		}
		s = append(append(s, piece{text: " and not "}), clause...)
	}
	return s, ok
}

// clause is one exception as a condition, empty where it has no values.
func (l *loader) clause(ex *exceptionDef) (s script, ok bool) {
	if len(ex.values) == 0 || len(ex.fields) == 0 || len(ex.fields) != len(ex.comps) {
		return nil, true
	}
	if ex.single {
		return l.singleClause(ex)
	}
	s, ok = script{{text: "("}}, true
	for i, row := range ex.values {
		if len(row.row) != len(ex.fields) || row.word != nil {
			l.fail(ErrValidate, row.place, "the values of the exception %q must be rows of %d, one for each field: write [%s]",
				ex.name.value, len(ex.fields), strings.TrimSuffix(strings.Repeat("VALUE, ", len(ex.fields)), ", "))
			ok = false
			continue
		}
		if i > 0 {
			s = append(s, piece{text: " or "})
		}
		s = append(s, piece{text: "("})
		for k, cell := range row.row {
			if k > 0 {
				s = append(s, piece{text: " and "})
			}
			s = append(s, comparison(ex, k)...)
			s = append(s, cellScript(cell, ex.comps[k].value)...)
		}
		s = append(s, piece{text: ")"})
	}
	return append(s, piece{text: ")"}), ok
}

// comparison is field k and its operator.
func comparison(ex *exceptionDef, k int) script {
	f, c := ex.fields[k], ex.comps[k]
	return script{
		{text: f.value, from: f.origin}, {text: " "}, {text: c.value, from: c.origin}, {text: " "},
	}
}

// singleClause is an exception of one field that must not have any of the
// values.
func (l *loader) singleClause(ex *exceptionDef) (s script, ok bool) {
	s = append(append(script{{text: "("}}, comparison(ex, 0)...), piece{text: "("})
	for i, v := range ex.values {
		if v.word == nil {
			l.fail(ErrValidate, v.place, "the values of the exception %q must be single values, not lists: its fields is one word", ex.name.value)
			return nil, false
		}
		if i > 0 {
			s = append(s, piece{text: ", "})
		}
		s = append(s, wordPiece(v.word))
	}
	return append(s, piece{text: "))"}), true
}

// cellScript is one value of a row: a list in parentheses, which an operator on
// lists gets for a single word too.
func cellScript(v exceptionValue, comp string) script {
	list := takesList(strings.Join(strings.Fields(comp), " "))
	switch {
	case v.word == nil:
		s := script{{text: "("}}
		for i, w := range v.row {
			if i > 0 {
				s = append(s, piece{text: ", "})
			}
			if w.word != nil {
				s = append(s, wordPiece(w.word))
			}
		}
		return append(s, piece{text: ")"})
	case list && strings.HasPrefix(v.word.value, "("):
		return script{{text: v.word.value, from: v.word.origin}}
	case list:
		return script{{text: "("}, wordPiece(v.word), {text: ")"}}
	}
	return script{wordPiece(v.word)}
}

// wordPiece is a value as text of a condition. A quoted one is no name of a
// list any more, and its bytes are no longer those of the file.
func wordPiece(t *text) piece {
	q := quote(t.value)
	return piece{text: q, from: t.origin, fixed: q != t.value}
}
