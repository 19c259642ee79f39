package rules

import "github.com/gyrsec/gyr/condition"

// Lists in lists and macros in macros can double at every step, so that a file
// of a few lines stands for a condition of any size. These limits are far
// beyond what rules need.
const (
	// maxListValues is how many values may be copied from lists into lists.
	maxListValues = 1 << 21
	// maxExpandedText is by how many bytes conditions may grow when lists are
	// put in, all together.
	maxExpandedText = 1 << 26
	// maxComparisons is how many comparisons one condition may hold with its
	// macros put in, maxAllComparisons how many all rules together, and all
	// macros.
	maxComparisons    = 1 << 17
	maxAllComparisons = 1 << 21
	// maxMacroDepth is how deep macros may refer to each other.
	maxMacroDepth = 1000
)

// spent is what has been used up of the limits.
type spent struct{ values, bytes, comparisons, inMacros int }

// spend adds to what has been used up and reports whether this was too much for
// the first time, which is told once.
func spend(used *int, more, limit int) bool {
	before := *used
	*used += more
	return before <= limit && *used > limit
}

// size counts the comparisons of a condition with its macros put in, up to a
// little beyond maxComparisons.
func (x *expression) size() int {
	sizes := map[string]int{}
	for _, m := range x.macros {
		sizes[m.name] = m.size
	}
	return min(count(x.tree, sizes), maxComparisons+1)
}

func count(x condition.Expr, macros map[string]int) int {
	total := 0
	add := func(list []condition.Expr) {
		for _, e := range list {
			total = min(total+count(e, macros), maxComparisons+1)
		}
	}
	switch x := x.(type) {
	case *condition.And:
		add(x.Of)
	case *condition.Or:
		add(x.Of)
	case *condition.Not:
		return count(x.X, macros)
	case *condition.Macro:
		return macros[x.Name]
	default:
		return 1
	}
	return total
}

// fits reports whether a condition is small enough to be compiled, and an
// error where it is not.
func (l *loader) fits(x *expression) bool {
	n := x.size()
	if n > maxComparisons {
		l.fail(ErrValidate, x.place, "the condition holds more than %d comparisons with its macros put in: split the rule, or use lists", maxComparisons)
		return false
	}
	return true
}
