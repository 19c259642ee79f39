package condition

// matchGlob tests a string by a pattern that is known only with the event; it
// gives what newGlob's pattern does, without making one.
func matchGlob(pattern, s string, fold bool) bool {
	at, star, resume := 0, -1, 0
	for i := 0; i < len(s); {
		if at < len(pattern) && pattern[at] == '*' {
			at++
			star, resume = at, i
			continue
		}
		next, ok := globStep(pattern, at, s[i], fold)
		switch {
		case ok:
			at = next
			i++
		case star >= 0:
			resume++
			at, i = star, resume
		default:
			return false
		}
	}
	for at < len(pattern) && pattern[at] == '*' {
		at++
	}
	return at == len(pattern)
}

// globStep matches one byte with what stands at a place of the pattern, and
// returns the place behind it.
func globStep(pattern string, at int, c byte, fold bool) (int, bool) {
	if at == len(pattern) {
		return at, false
	}
	want := pattern[at]
	switch want {
	case '?':
		return at + 1, true
	case '[':
		if end, in := inGlobClass(pattern[at:], c, fold); end > 0 {
			return at + end + 1, in
		}
	case '\\':
		if at+1 < len(pattern) {
			at++
			want = pattern[at]
		}
	}
	if fold {
		return at + 1, lowerByte(want) == lowerByte(c)
	}
	return at + 1, want == c
}

// inGlobClass is globClass for one byte; the end is 0 where the set does not
// end.
func inGlobClass(p string, c byte, fold bool) (end int, in bool) {
	i, negated := 1, false
	if i < len(p) && (p[i] == '!' || p[i] == '^') {
		negated = true
		i++
	}
	for first := true; i < len(p); first = false {
		if p[i] == ']' && !first {
			return i, in != negated
		}
		low, high, end := classRange(p, i)
		in = in || low <= c && c <= high
		if fold && !in {
			l, u := lowerByte(c), upperByte(c)
			in = low <= l && l <= high || low <= u && u <= high
		}
		i = end + 1
	}
	return 0, false
}

// MatchesGlob reports whether the whole of s matches a pattern of the operator glob.
func MatchesGlob(pattern, s string) bool { return matchGlob(pattern, s, false) }
