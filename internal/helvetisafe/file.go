package helvetisafe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile reads a regular file of at most limit bytes into one buffer: a buffer that
// grows would leave pieces of a key behind. It refuses a pipe or a device, because reading
// one may never end. The error never holds the path, which may be a key that was put
// into the wrong variable.
func ReadFile(path string, limit int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathless(err)
	}
	switch {
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file but a pipe, a socket or a device")
	case info.Size() > int64(limit):
		return nil, tooLarge(limit)
	}
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, pathless(err)
	}
	defer func() { _ = f.Close() }() // opened for reading only
	// Not the size that Stat gives: files of /proc claim to be empty.
	content := make([]byte, limit+1)
	n, err := io.ReadFull(f, content)
	switch {
	case err == nil:
		clear(content)
		return nil, tooLarge(limit)
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		clear(content)
		return nil, pathless(err)
	}
	return content[:n], nil
}

func tooLarge(limit int) error {
	return fmt.Errorf("it is too large: more than %d KiB", limit>>10)
}

// pathless is an error of package os without the path in it.
func pathless(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return errors.New("the system doesn't say why")
}
