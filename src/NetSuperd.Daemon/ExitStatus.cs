namespace NetSuperd;

/// <summary>Exit statuses by blame (sysexits.h).</summary>
internal static class ExitStatus
{
    public const int Ok = 0;

    /// <summary>The command line is wrong (EX_USAGE).</summary>
    public const int Usage = 64;

    /// <summary>A file to import is not what it should be, or an import that has to keep everything does not (EX_DATAERR).</summary>
    public const int Data = 65;

    /// <summary>There is no such configuration file (EX_NOINPUT).</summary>
    public const int NoInput = 66;

    /// <summary>No daemon answers at the control socket (EX_UNAVAILABLE).</summary>
    public const int Unavailable = 69;

    /// <summary>A mistake of ours (EX_SOFTWARE).</summary>
    public const int Software = 70;

    /// <summary>A system call failed (EX_OSERR).</summary>
    public const int System = 71;

    /// <summary>Not permitted (EX_NOPERM).</summary>
    public const int NoPermission = 77;

    /// <summary>The configuration is wrong (EX_CONFIG).</summary>
    public const int Config = 78;
}
