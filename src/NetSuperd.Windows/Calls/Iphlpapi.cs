using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Calls;

/// <summary>iphlpapi.dll: every signature once, names spelt as in netioapi.h.</summary>
internal static unsafe partial class Iphlpapi
{
    private const string Library = "iphlpapi";

    [LibraryImport(Library)]
    internal static partial uint ConvertInterfaceIndexToLuid(uint index, ulong* luid);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial uint ConvertInterfaceAliasToLuid(string alias, ulong* luid);

    [LibraryImport(Library)]
    internal static partial uint ConvertInterfaceLuidToIndex(ulong* luid, uint* index);
}
