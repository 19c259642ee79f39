package kernel

//go:generate go run ./record/gen bpf/schema.h
//go:generate go tool bpf2go -cc clang-16 -strip llvm-strip-16 -target amd64,arm64 -go-package kernel -cflags "-O2 -g -Wall -Werror -Wno-unused-function" -type counters -type bucket -type bucket_key -type group -type plan -type guard -no-global-types gyr bpf/gyr.bpf.c
