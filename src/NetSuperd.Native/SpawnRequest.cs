using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>Everything that a child gets; it has nothing else.</summary>
public sealed record SpawnRequest
{
    /// <summary>The absolute path of the program.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments, the program's own name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The environment, each entry <c>NAME=value</c>.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>The descriptors: the child's 0, 1, 2 and so on, in order. All others are closed.</summary>
    public required IReadOnlyList<SafeHandle> Descriptors { get; init; }
}
