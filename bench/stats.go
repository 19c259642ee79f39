package main

import (
	"cmp"
	"math"
	"slices"
)

// median is the middle of the values, the mean of the middle two where their
// number is even; NaN of none.
func median(values []float64) float64 { return percentile(values, 50) }

// percentile is the value below which p of 100 values lie, interpolated
// between neighbours; NaN of none.
func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := p / 100 * float64(len(sorted)-1)
	low := int(math.Floor(at))
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// spread is how far apart the values lie, relative to their median: 0.1 when
// the largest is a tenth of it above the smallest.
func spread(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return (slices.Max(values) - slices.Min(values)) / median(values)
}

// ratios divides values by those of the same rounds in base.
func ratios(values, base []float64) []float64 {
	r := make([]float64, min(len(values), len(base)))
	for i := range r {
		r[i] = values[i] / base[i]
	}
	return r
}

// column takes one number out of each sample.
func column[S any, N cmp.Ordered](samples []S, get func(S) N) []N {
	values := make([]N, len(samples))
	for i, s := range samples {
		values[i] = get(s)
	}
	return values
}
