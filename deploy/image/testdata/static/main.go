// Static stands for Gyr where a test needs a program without libraries.
package main

func main() {}
