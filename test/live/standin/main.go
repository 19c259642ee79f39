// Command standin passes for programs that live tests need and a machine may
// not have. Under whatever name and with whatever arguments it is started, it
// ends well at once, except to connect:
//
//	standin connect tcp 192.0.2.1:80
//	standin connect unix /run/x.sock
//
// That a connection is refused is well, too; anything else is not.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

func main() {
	if len(os.Args) != 4 || os.Args[1] != "connect" {
		return
	}
	c, err := net.Dial(os.Args[2], os.Args[3])
	switch {
	case err == nil:
		c.Close()
	case !errors.Is(err, syscall.ECONNREFUSED):
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1)
	}
}
