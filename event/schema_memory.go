package event

// memoryTypes are the calls on a process's memory.
var memoryTypes = [...]Info{
	{
		Name: "brk", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 12, ARM64: 214, I386: []int{45}, ARM: []int{45}},
		Params: []Param{
			{Name: "res", Type: Uint64, Get: result}, {Name: "vm_size", Type: Uint32, Get: processVMSize}, {Name: "vm_rss", Type: Uint32, Get: processVMResident},
			{Name: "vm_swap", Type: Uint32, Get: processVMSwap}, {Name: "addr", Type: Uint64},
		},
	},
	{
		Name: "mmap", Family: FamilyMemory, Category: "memory", Call: &Call{AMD64: 9, ARM64: 222, I386: []int{90}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "vm_size", Type: Uint32, Get: processVMSize}, {Name: "vm_rss", Type: Uint32, Get: processVMResident},
			{Name: "vm_swap", Type: Uint32, Get: processVMSwap}, {Name: "addr", Type: Uint64}, {Name: "length", Type: Uint64},
			{Name: "prot", Type: Flags32, Flags: protFlags}, {Name: "flags", Type: Flags32, Flags: mmapFlags},
			{Name: "fd", Type: FDNum}, {Name: "offset", Type: Uint64},
		},
	},
	{
		Name: "mmap2", Family: FamilyMemory, Category: "memory", Call: &Call{AMD64: -1, ARM64: -1, I386: []int{192}, ARM: []int{192}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "vm_size", Type: Uint32, Get: processVMSize}, {Name: "vm_rss", Type: Uint32, Get: processVMResident},
			{Name: "vm_swap", Type: Uint32, Get: processVMSwap}, {Name: "addr", Type: Uint64}, {Name: "length", Type: Uint64},
			{Name: "prot", Type: Flags32, Flags: protFlags}, {Name: "flags", Type: Flags32, Flags: mmapFlags},
			{Name: "fd", Type: FDNum}, {Name: "pgoffset", Type: Uint64},
		},
	},
	{
		Name: "munmap", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 11, ARM64: 215, I386: []int{91}, ARM: []int{91}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "vm_size", Type: Uint32, Get: processVMSize}, {Name: "vm_rss", Type: Uint32, Get: processVMResident},
			{Name: "vm_swap", Type: Uint32, Get: processVMSwap}, {Name: "addr", Type: Uint64}, {Name: "length", Type: Uint64},
		},
	},
	{
		Name: "userfaultfd", Family: FamilyMemory, Category: "file", Call: &Call{AMD64: 323, ARM64: 282, I386: []int{374}, ARM: []int{388}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "flags", Type: Flags32, Flags: openFlags}},
	},
	{
		Name: "mprotect", Family: FamilyMemory, Category: "memory", Call: &Call{AMD64: 10, ARM64: 226, I386: []int{125}, ARM: []int{125}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64}, {Name: "length", Type: Uint64},
			{Name: "prot", Type: Flags32, Flags: protFlags},
		},
	},
	{
		Name: "mlock", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 149, ARM64: 228, I386: []int{150}, ARM: []int{150}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64}, {Name: "len", Type: Uint64},
		},
	},
	{
		Name: "munlock", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 150, ARM64: 229, I386: []int{151}, ARM: []int{151}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64}, {Name: "len", Type: Uint64},
		},
	},
	{
		Name: "mlockall", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 151, ARM64: 230, I386: []int{152}, ARM: []int{152}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "flags", Type: Flags32, Flags: mlockallFlags}},
	},
	{
		Name: "munlockall", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 152, ARM64: 231, I386: []int{153}, ARM: []int{153}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}},
	},
	{
		Name: "mlock2", Family: FamilyOther, Category: "memory", Call: &Call{AMD64: 325, ARM64: 284, I386: []int{376}, ARM: []int{390}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64}, {Name: "len", Type: Uint64},
			{Name: "flags", Type: Flags32, Flags: mlock2Flags},
		},
	},
	{
		Name: "memfd_create", Family: FamilyMemory, Category: "memory", Call: &Call{AMD64: 319, ARM64: 279, I386: []int{356}, ARM: []int{385}},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "name", Type: CharBuf}, {Name: "flags", Type: Flags32, Flags: memfdFlags},
		},
	},
}
