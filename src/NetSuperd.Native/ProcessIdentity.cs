namespace NetSuperd.Native;

/// <summary>Who the daemon is.</summary>
public static class ProcessIdentity
{
    /// <summary>The effective user id, geteuid(2).</summary>
    public static uint EffectiveUserId => Libc.geteuid();
}
