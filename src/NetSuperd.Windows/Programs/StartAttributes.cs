using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Programs;

/// <summary>What a process gets at its start beside its arguments: the handles that it inherits, and its job.</summary>
internal sealed unsafe class StartAttributes : IDisposable
{
    private const int Count = 2;

    // The list points to the values, so they are in memory that does not move.
    private readonly nint* _values;
    private readonly bool _isMade;

    /// <summary>Makes the list.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    public StartAttributes(nint[] inherited, nint job)
    {
        nuint size = 0;
        _ = Kernel32.InitializeProcThreadAttributeList(null, Count, 0, &size);
        Pointer = NativeMemory.Alloc(size);
        _values = (nint*)NativeMemory.Alloc((nuint)(inherited.Length + 1), (nuint)sizeof(nint));
        inherited.CopyTo(new Span<nint>(_values, inherited.Length));
        _values[inherited.Length] = job;
        _isMade = Kernel32.InitializeProcThreadAttributeList(Pointer, Count, 0, &size);
        if (!_isMade || !Add(Kernel32.PROC_THREAD_ATTRIBUTE_HANDLE_LIST, _values, inherited.Length)
            || !Add(Kernel32.PROC_THREAD_ATTRIBUTE_JOB_LIST, _values + inherited.Length, 1))
        {
            var failure = Ws2.Failure("UpdateProcThreadAttribute", "");
            Dispose();
            throw failure;
        }
    }

    /// <summary>The list.</summary>
    public void* Pointer { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isMade)
        {
            Kernel32.DeleteProcThreadAttributeList(Pointer);
        }

        NativeMemory.Free(Pointer);
        NativeMemory.Free(_values);
    }

    private bool Add(nuint attribute, nint* values, int count) =>
        Kernel32.UpdateProcThreadAttribute(Pointer, 0, attribute, values, (nuint)(count * sizeof(nint)), null, null);
}
