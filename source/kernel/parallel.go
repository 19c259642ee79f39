package kernel

import (
	"cmp"
	"errors"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/cilium/ebpf"
)

// loadCollection is ebpf.NewCollection with the programs verified on several
// processors at a time: that is most of what a start takes.
func loadCollection(spec *ebpf.CollectionSpec) (*ebpf.Collection, error) {
	programs := spec.Programs
	rest := spec.Copy()
	rest.Programs = nil
	all, err := ebpf.NewCollection(rest)
	if err != nil {
		return nil, err
	}
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		errs  []error
	)
	for _, share := range shares(programs, runtime.NumCPU()) {
		part := spec.Copy()
		maps.DeleteFunc(part.Programs, func(name string, _ *ebpf.ProgramSpec) bool { return !slices.Contains(share, name) })
		group.Go(func() {
			loaded, err := ebpf.NewCollectionWithOptions(part, ebpf.CollectionOptions{MapReplacements: all.Maps})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			for name, p := range loaded.Programs {
				all.Programs[name] = p
				delete(loaded.Programs, name)
			}
			loaded.Close()
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		all.Close()
		return nil, err
	}
	return all, nil
}

// shares divides programs into at most n parts that take about as long: the
// longest first, each to the part that has least.
func shares(programs map[string]*ebpf.ProgramSpec, n int) [][]string {
	size := func(name string) int { return len(programs[name].Instructions) }
	names := slices.SortedFunc(maps.Keys(programs), func(a, b string) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(a, b))
	})
	parts, sums := make([][]string, max(1, min(n, len(names)))), make([]int, max(1, min(n, len(names))))
	for _, name := range names {
		least := slices.Index(sums, slices.Min(sums))
		parts[least] = append(parts[least], name)
		sums[least] += size(name)
	}
	return parts
}
