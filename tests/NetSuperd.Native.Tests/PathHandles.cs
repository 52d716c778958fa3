namespace NetSuperd.Native.Tests;

/// <summary>Files held by a handle, by a path without symbolic links but those of proc(5).</summary>
internal static class PathHandles
{
    public static PathHandle Find(string path)
    {
        var handle = PathHandle.Root();
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            using var above = handle;
            handle = above.FindBehind(name)!;
        }

        return handle;
    }
}
