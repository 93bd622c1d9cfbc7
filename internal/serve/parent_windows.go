package serve

import (
	"os"

	"golang.org/x/sys/windows"
)

// waitForParent returns when the process that started this one has ended. Windows
// keeps the number of a parent that has ended, so it waits for the process itself.
// If it may not open that process, it waits for ever: to go on serving does less harm
// than to end.
func waitForParent() {
	parent, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(os.Getppid())) // #nosec G115 -- a process number of Windows has 32 bits
	if err == nil {
		defer func() { _ = windows.CloseHandle(parent) }()
		var event uint32
		if event, err = windows.WaitForSingleObject(parent, windows.INFINITE); err == nil && event == windows.WAIT_OBJECT_0 {
			return
		}
	}
	select {}
}
