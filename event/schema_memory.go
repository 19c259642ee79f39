package event

// memoryTypes are the calls on a process's memory.
var memoryTypes = [...]Info{
	{
		Name: "brk", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 12, ARM64: 214},
		Params: []Param{
			{Name: "res", Type: Uint64, Get: result}, {Name: "vm_size", Type: Uint32}, {Name: "vm_rss", Type: Uint32},
			{Name: "vm_swap", Type: Uint32}, {Name: "addr", Type: Uint64},
		},
	},
	{
		Name: "mmap", Family: FamilyMemory, Category: "memory", Call: &Call{AMD64: 9, ARM64: 222},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "vm_size", Type: Uint32}, {Name: "vm_rss", Type: Uint32},
			{Name: "vm_swap", Type: Uint32}, {Name: "addr", Type: Uint64}, {Name: "length", Type: Uint64},
			{Name: "prot", Type: Flags32, Flags: protFlags}, {Name: "flags", Type: Flags32, Flags: mmapFlags},
			{Name: "fd", Type: FDNum}, {Name: "offset", Type: Uint64},
		},
	},
	{
		Name: "mmap2", Family: FamilyOther, Category: "memory",
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "vm_size", Type: Uint32}, {Name: "vm_rss", Type: Uint32},
			{Name: "vm_swap", Type: Uint32}, {Name: "addr", Type: Uint64}, {Name: "length", Type: Uint64},
			{Name: "prot", Type: Flags32, Flags: protFlags}, {Name: "flags", Type: Flags32, Flags: mmapFlags},
			{Name: "fd", Type: FDNum}, {Name: "pgoffset", Type: Uint64},
		},
	},
	{
		Name: "munmap", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 11, ARM64: 215},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "vm_size", Type: Uint32}, {Name: "vm_rss", Type: Uint32},
			{Name: "vm_swap", Type: Uint32}, {Name: "addr", Type: Uint64}, {Name: "length", Type: Uint64},
		},
	},
	{
		Name: "userfaultfd", Family: FamilyMemory, Category: "file", Call: &Call{AMD64: 323, ARM64: 282},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "flags", Type: Flags32, Flags: openFlags}},
	},
	{
		Name: "mprotect", Family: FamilyMemory, Category: "memory", Call: &Call{AMD64: 10, ARM64: 226},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64}, {Name: "length", Type: Uint64},
			{Name: "prot", Type: Flags32, Flags: protFlags},
		},
	},
	{
		Name: "mlock", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 149, ARM64: 228},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64}, {Name: "len", Type: Uint64},
		},
	},
	{
		Name: "munlock", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 150, ARM64: 229},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64}, {Name: "len", Type: Uint64},
		},
	},
	{
		Name: "mlockall", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 151, ARM64: 230},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "flags", Type: Flags32, Flags: mlockallFlags}},
	},
	{
		Name: "munlockall", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 152, ARM64: 231},
		Params: []Param{{Name: "res", Type: Errno, Get: result}},
	},
	{
		Name: "mlock2", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 325, ARM64: 284},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64}, {Name: "len", Type: Uint64},
			{Name: "flags", Type: Flags32, Flags: mlock2Flags},
		},
	},
	{
		Name: "memfd_create", Family: FamilyMemory, Category: "memory", Call: &Call{AMD64: 319, ARM64: 279},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "name", Type: CharBuf}, {Name: "flags", Type: Flags32, Flags: memfdFlags},
		},
	},
}
