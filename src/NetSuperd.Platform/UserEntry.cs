namespace NetSuperd.Platform;

/// <summary>A user of passwd(5).</summary>
/// <param name="Name">The login name.</param>
/// <param name="UserId">The user id.</param>
/// <param name="GroupId">The primary group.</param>
/// <param name="Home">The home directory.</param>
/// <param name="Shell">The login shell; empty means <c>/bin/sh</c>.</param>
public sealed record UserEntry(string Name, uint UserId, uint GroupId, string Home, string Shell);
