using System.Runtime.InteropServices;

namespace NetSuperd.Platform;

/// <summary>A descriptor that was handed over; the code that takes it disposes of it.</summary>
/// <param name="Handle">The descriptor.</param>
/// <param name="Number">Its number, from 3 on.</param>
/// <param name="Name">Its name in <c>LISTEN_FDNAMES</c>, which may be empty; <see cref="Unnamed"/> where that has fewer names.</param>
public sealed record ListenDescriptor(SafeHandle Handle, int Number, string Name)
{
    /// <summary>The name of a descriptor without one.</summary>
    public const string Unnamed = "unknown";
}
