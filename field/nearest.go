package field

import "strings"

// Nearest returns the field whose name is closest to the misspelt one, "" when
// none is close enough to be meant.
func Nearest(name string) string {
	name = strings.ToLower(name)
	best, bestDistance := "", len(name)/3+1
	for f := range All {
		d := Distance(name, f.Name, bestDistance+1)
		// Of equally near names the one that goes on as written is meant.
		if d < bestDistance || d == bestDistance && best != "" && strings.HasPrefix(f.Name, name) {
			best, bestDistance = f.Name, d
		}
	}
	return best
}

// Distance is the number of insertions, deletions, replacements and swaps of
// neighbours that turn a into b. It gives up at limit, which it then returns.
func Distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		lowest := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, prev2[j-2]+1)
			}
			cur[j] = d
			lowest = min(lowest, d)
		}
		if lowest >= limit {
			return limit
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(prev[len(b)], limit)
}
